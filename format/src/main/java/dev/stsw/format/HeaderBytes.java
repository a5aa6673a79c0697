package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/** Reads the length and the JSON of a header from a channel, and not one byte more. */
final class HeaderBytes {
    /** The size of what nobody knows the end of. */
    static final long UNKNOWN = Long.MAX_VALUE;

    private static final int FIRST_BYTES = 1 << 16;
    /** Read into the heap, a file's channel takes a buffer of its own, as large as the read, for ever. */
    private static final int STEP_BYTES = 1 << 16;

    private HeaderBytes() {}

    /**
     * @param fileSize bytes in the whole file, or {@link #UNKNOWN}
     * @param limit the longest JSON that is read
     */
    static byte[] read(ReadableByteChannel channel, long fileSize, int limit) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(FileFormat.LOOK_AT);
        fill(channel, start.limit(Header.PREFIX_BYTES));
        int json = Header.plausibleLength(start.flip(), fileSize, limit);
        if (json < 0) {
            // Worth knowing now: what it is instead.
            int read = start.limit();
            fill(channel, start.limit(start.capacity()).position(read));
            boolean isAll = start.hasRemaining();
            long size = fileSize == UNKNOWN && isAll ? start.position() : fileSize;
            throw Header.noHeader(start.flip(), size, limit);
        }
        return readRest(channel, start, Header.PREFIX_BYTES + json, fileSize);
    }

    private static byte[] readRest(ReadableByteChannel channel, ByteBuffer start, int length, long fileSize)
            throws IOException {
        // Where the end is unknown, the length is only a claim: grows with what arrives.
        byte[] bytes = new byte[fileSize == UNKNOWN ? Math.min(length, FIRST_BYTES) : length];
        start.get(bytes, 0, Header.PREFIX_BYTES);
        int done = Header.PREFIX_BYTES;
        while (done < length) {
            if (done == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * done));
            }
            int count = channel.read(ByteBuffer.wrap(bytes, done, Math.min(bytes.length - done, STEP_BYTES)));
            if (count < 0) {
                throw new HeaderException(
                        null,
                        Fault.TRUNCATED,
                        "header (bytes 8.." + length + "): it ends at byte " + done + ": it is truncated");
            }
            done += count;
        }
        return bytes;
    }

    private static void fill(ReadableByteChannel channel, ByteBuffer bytes) throws IOException {
        int count = 0;
        while (bytes.hasRemaining() && count >= 0) {
            count = channel.read(bytes);
        }
    }
}
