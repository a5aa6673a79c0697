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

    private HeaderBytes() {}

    /**
     * @param fileSize bytes in the whole file, or {@link #UNKNOWN}
     * @param limit the longest JSON that is read
     */
    static byte[] read(ReadableByteChannel channel, long fileSize, int limit) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(FileFormat.LOOK_AT);
        fill(channel, start.limit(Header.PREFIX_BYTES));
        int json = plausible(start.flip(), fileSize, limit);
        if (json < 0) {
            // Worth knowing now: what it is instead.
            int read = start.limit();
            fill(channel, start.limit(start.capacity()).position(read));
            boolean isAll = start.hasRemaining();
            long size = fileSize == UNKNOWN && isAll ? start.position() : fileSize;
            json = Header.jsonLength(start.flip(), size, limit);
            throw new IllegalStateException("a length of " + json + " is plausible after all");
        }
        return readRest(channel, start, Header.PREFIX_BYTES + json, fileSize);
    }

    /** Negative where no header of that length can be there. */
    private static int plausible(ByteBuffer start, long fileSize, int limit) {
        if (start.remaining() < Header.PREFIX_BYTES) {
            return -1;
        }
        try {
            return Header.jsonLength(start, fileSize, limit);
        } catch (HeaderException e) {
            return -1;
        }
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
            int count = channel.read(ByteBuffer.wrap(bytes, done, bytes.length - done));
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
