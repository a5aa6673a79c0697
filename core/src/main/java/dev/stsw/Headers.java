package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.LegacyHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/// Reads headers from files, and names the file in what is wrong with them.
final class Headers {
    private Headers() {}

    static Header read(OpenFile file) throws IOException {
        try {
            return Header.read(new Start(file), file.size());
        } catch (HeaderException e) {
            throw e.in(file.name());
        }
    }

    static LegacyHeader readLegacy(OpenFile file) throws IOException {
        try {
            return LegacyHeader.read(new Start(file), file.size());
        } catch (HeaderException e) {
            throw e.in(file.name());
        }
    }

    /// A file from its first byte on, by one read for the whole header of most files.
    private static final class Start implements ReadableByteChannel {
        private static final int FIRST_BYTES = 1 << 13;
        /// Read into the heap, a channel takes a buffer of its own, as large as the read, for ever.
        private static final int STEP_BYTES = 1 << 16;

        private final OpenFile file;
        private final ByteBuffer first;
        private long position;

        Start(OpenFile file) throws IOException {
            this.file = file;
            this.first = ByteBuffer.allocate((int) Math.min(FIRST_BYTES, file.size()));
            file.readFully(first, 0);
            this.position = first.flip().limit();
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (first.hasRemaining()) {
                int count = Math.min(first.remaining(), target.remaining());
                target.put(first.slice(first.position(), count));
                first.position(first.position() + count);
                return count;
            }
            if (position == file.size()) {
                return -1;
            }
            int limit = target.limit();
            target.limit(target.position() + Math.min(target.remaining(), STEP_BYTES));
            try {
                int count = file.read(target, position);
                position += count;
                return count;
            } finally {
                target.limit(limit);
            }
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
