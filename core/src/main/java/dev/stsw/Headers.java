package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.LegacyHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Reads headers from files, and names the file in what is wrong with them.
final class Headers {
    /// Holds the whole header of most files, so that one read will do; 512 would do to recognise other kinds of files.
    private static final int START_BYTES = 1 << 13;

    private static final int STEP_BYTES = 1 << 18;

    private Headers() {}

    static Header read(OpenFile file) throws IOException {
        try {
            return Header.wrap(bytes(file, Header::jsonLength), file.size());
        } catch (HeaderException e) {
            throw e.in(file.path().toString());
        }
    }

    static LegacyHeader readLegacy(OpenFile file) throws IOException {
        try {
            return LegacyHeader.wrap(bytes(file, LegacyHeader::jsonLength), file.size());
        } catch (HeaderException e) {
            throw e.in(file.path().toString());
        }
    }

    /// How long the JSON is, told by a file's first bytes and its size.
    private interface Length {
        int of(ByteBuffer start, long fileSize) throws HeaderException;
    }

    /// The length prefix and the JSON. Nothing is allocated for a length that the file cannot have.
    private static byte[] bytes(OpenFile file, Length json) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(START_BYTES, file.size()));
        file.readFully(start, 0);
        int length = Header.PREFIX_BYTES + json.of(start.flip(), file.size());
        byte[] header = Arrays.copyOf(start.array(), length);
        if (length > start.limit()) {
            readRest(file, header, start.limit());
        }
        return header;
    }

    private static void readRest(OpenFile file, byte[] header, int from) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            // Read into the heap, the channel would take such a buffer itself, as large as the read, for ever.
            MemorySegment step = arena.allocate(Math.min(STEP_BYTES, header.length - from));
            for (int at = from; at < header.length; ) {
                int size = (int) Math.min(step.byteSize(), header.length - at);
                file.readFully(step.asSlice(0, size).asByteBuffer(), at);
                MemorySegment.copy(step, ValueLayout.JAVA_BYTE, 0, header, at, size);
                at += size;
            }
        }
    }
}
