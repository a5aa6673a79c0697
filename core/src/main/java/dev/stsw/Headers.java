package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.LegacyHeader;
import dev.stsw.stream.ForwardingSource;
import java.io.IOException;
import java.nio.ByteBuffer;

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
    private static final class Start extends ForwardingSource.Channel {
        private static final int FIRST_BYTES = 1 << 13;

        private final ByteBuffer first;

        Start(OpenFile file) throws IOException {
            this(file, ByteBuffer.allocate((int) Math.min(FIRST_BYTES, file.size())));
        }

        private Start(OpenFile file, ByteBuffer first) throws IOException {
            super(new RangeChannel(file, first.capacity(), file.size()));
            this.first = first;
            file.readFully(first, 0);
            first.flip();
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (!first.hasRemaining()) {
                return super.read(target);
            }
            int count = Math.min(first.remaining(), target.remaining());
            target.put(first.slice(first.position(), count));
            first.position(first.position() + count);
            return count;
        }
    }
}
