package dev.stsw.stream;

import java.nio.ByteBuffer;

/**
 * Two floats at a time as one long, the first in the lower half.
 *
 * <p>In a virtual machine that stops at its first compiler, as the command line's does, a look at each float takes three
 * times as long.
 */
final class FloatPairs {
    private static final long MAGNITUDES = 0x7fffffff_7fffffffL;
    private static final long SIGNS = ~MAGNITUDES;

    private FloatPairs() {}

    /**
     * Copies an even number of floats, {@code 2 * pairs}.
     *
     * @param between has room for them, and is little-endian: arrays of different types have no shorter way
     */
    static void copy(float[] values, int at, long[] out, int pairs, ByteBuffer between) {
        between.asFloatBuffer().put(0, values, at, 2 * pairs);
        between.asLongBuffer().get(0, out, 0, pairs);
    }

    /** Whether a magnitude is {@code over} or more (NaN's are), or, but for zero, {@code under} or less. */
    static boolean anyBeyond(long[] pairs, int count, int over, int under) {
        // Sums that reach the sign bit: from `over` on, from 1 on, above `under`. None carries into the other half.
        long fromOver = both(Integer.MIN_VALUE - over);
        long fromOne = MAGNITUDES;
        long aboveUnder = both(Integer.MIN_VALUE - under - 1);
        long beyond = 0;
        for (int i = 0; i < count; i++) {
            long magnitudes = pairs[i] & MAGNITUDES;
            beyond |= (magnitudes + fromOver) | ((magnitudes + fromOne) & ~(magnitudes + aboveUnder));
        }
        return (beyond & SIGNS) != 0;
    }

    /**
     * Rounds to BF16 in pairs of 16 bits, and tells as {@link #anyBeyond} does in the same pass; what is NaN comes out
     * wrong, and so may its neighbours.
     */
    static boolean toBf16(long[] pairs, int[] out, int count, int over, int under) {
        long fromOver = both(Integer.MIN_VALUE - over);
        long fromOne = MAGNITUDES;
        long aboveUnder = both(Integer.MIN_VALUE - under - 1);
        long beyond = 0;
        for (int i = 0; i < count; i++) {
            long pair = pairs[i];
            long magnitudes = pair & MAGNITUDES;
            beyond |= (magnitudes + fromOver) | ((magnitudes + fromOne) & ~(magnitudes + aboveUnder));
            long rounded = pair + 0x00007fff_00007fffL + ((pair >>> 16) & 0x00000001_00000001L);
            out[i] = (int) (((rounded >>> 16) & 0xffff) | ((rounded >>> 32) & 0xffff0000L));
        }
        return (beyond & SIGNS) != 0;
    }

    private static long both(int bits) {
        return (bits & 0xffffffffL) << 32 | (bits & 0xffffffffL);
    }
}
