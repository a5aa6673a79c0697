package dev.stsw.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks at eight bytes of text at a time.
 *
 * <p>Subtracting a small number from each byte of a word, and masking, sets the highest bit of the bytes that were below
 * it. Borrows can set it in higher bytes too, so that only the lowest bit set says something (Lamport, "Multiple byte
 * processing with full-word instructions", 1975).
 */
final class Words {
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = ONES << 7;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final long SPACES = ONES * ' ';

    private Words() {}

    /**
     * Bytes whose {@code getLong} gives eight of them, the first in the lowest bits. A buffer and no {@code VarHandle}:
     * making one takes several milliseconds, which short commands would notice.
     */
    static ByteBuffer over(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The word that eight ASCII characters make. */
    static long of(String eight) {
        long word = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            word = word << 8 | eight.charAt(i);
        }
        return word;
    }

    /** Where the first byte that is not ASCII stands; {@code end} if there is none. */
    static int asciiEnd(byte[] bytes, int from, int end) {
        ByteBuffer words = over(bytes);
        int at = from;
        while (at + Long.BYTES <= end && (words.getLong(at) & HIGH_BITS) == 0) {
            at += Long.BYTES;
        }
        while (at < end && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    /** Where the first quote, backslash or control character stands; {@code end} if there is none. */
    static int plainEnd(byte[] bytes, int from, int end) {
        ByteBuffer words = over(bytes);
        int at = from;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            long word = words.getLong(at);
            long special = below(word ^ QUOTES, ONES) | below(word ^ BACKSLASHES, ONES) | below(word, SPACES);
            if (special != 0) {
                return at + (Long.numberOfTrailingZeros(special) >>> 3);
            }
        }
        while (at < end && bytes[at] != '"' && bytes[at] != '\\' && (bytes[at] < 0 || bytes[at] >= ' ')) {
            at++;
        }
        return at;
    }

    private static long below(long word, long limits) {
        return (word - limits) & ~word & HIGH_BITS;
    }
}
