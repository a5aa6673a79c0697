package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.LegacyHeader;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Reads headers from files, and names the file in what is wrong with them.
final class Headers {
    /// Enough to recognise other kinds of files.
    private static final int START_BYTES = 64;
    /// Reading into the heap goes through a buffer outside of it as large as the read, which the thread keeps.
    private static final int STEP_BYTES = 1 << 16;

    private Headers() {}

    static Header read(OpenFile file) throws IOException {
        try {
            return Header.parse(bytes(file), file.size());
        } catch (HeaderException e) {
            throw e.in(file.path().toString());
        }
    }

    static LegacyHeader readLegacy(OpenFile file) throws IOException {
        try {
            return LegacyHeader.parse(bytes(file), file.size());
        } catch (HeaderException e) {
            throw e.in(file.path().toString());
        }
    }

    /// The length prefix and the JSON. Nothing is allocated for a length that the file cannot have.
    private static ByteBuffer bytes(OpenFile file) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(START_BYTES, file.size()));
        file.readFully(start, 0);
        int length = Header.jsonLength(start.flip(), file.size());
        ByteBuffer header = ByteBuffer.allocate(Header.PREFIX_BYTES + length);
        while (header.position() < header.capacity()) {
            header.limit(Math.min(header.capacity(), header.position() + STEP_BYTES));
            file.readFully(header, header.position());
        }
        return header.flip();
    }
}
