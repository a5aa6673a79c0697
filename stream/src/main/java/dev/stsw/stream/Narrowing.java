package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/**
 * Floats put down as a floating-point type as torch 2.13 does it, bit for bit: rounded to nearest, ties to even. What
 * is too large becomes infinite where the type has infinities; in F8_E4M3 the largest number, in the FNUZ types and
 * F8_E8M0 NaN.
 *
 * <p>Where torch's NaN depends on the machine's vector unit, ours is the usual one: 0x7fc0 in BF16; in F16 sign and upper
 * bits of the payload stay.
 */
public final class Narrowing {
    private static final int CHUNK = 2048;

    /** Magnitudes as bits of floats: what becomes infinite, from here on; what becomes zero, up to here. */
    private static final int F16_OVER = 0x477ff000;

    private static final int F16_UNDER = 0x33000000;
    private static final int BF16_OVER = 0x7f7f8000;
    private static final int BF16_UNDER = 0x00008000;

    private Narrowing() {}

    /** Whether floats can be rounded to this type. Not the packed types, whose few values mean nothing without a scale. */
    public static boolean supports(DType dtype) {
        return switch (dtype) {
            case F64, F32, F16, BF16, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> true;
            default -> false;
        };
    }

    /** Whether the type has infinities, so that what is infinite stays so. */
    public static boolean hasInfinity(DType dtype) {
        return switch (dtype) {
            case F64, F32, F16, BF16, F8_E5M2 -> true;
            default -> false;
        };
    }

    /**
     * Writes {@code count} values from {@code values[at]} on, little-endian, from the target's position on, which moves
     * behind them; its byte order does not matter.
     *
     * @throws UnsupportedOperationException if floats cannot be rounded to the dtype
     * @throws java.nio.BufferOverflowException if they do not fit
     */
    public static void write(DType dtype, float[] values, int at, int count, ByteBuffer target) {
        write(dtype, values, at, count, target, new Losses());
    }

    /**
     * The same, and counts.
     *
     * <p>By way of arrays of the target's width: setting the elements of a buffer one by one takes ten times as long in a
     * virtual machine that stops at its first compiler, as the command line's does.
     */
    static void write(DType dtype, float[] values, int at, int count, ByteBuffer target, Losses losses) {
        int size = Math.toIntExact(dtype.byteSize(count));
        if (size > target.remaining()) {
            throw new BufferOverflowException();
        }
        ByteBuffer out = target.slice().order(ByteOrder.LITTLE_ENDIAN);
        switch (dtype) {
            case F64 -> toF64(values, at, count, out);
            case F32 -> out.asFloatBuffer().put(values, at, count);
            case F16 -> toF16(values, at, count, out, losses);
            case BF16 -> toBf16(values, at, count, out, losses);
            default -> toF8(SmallFloatRounding.of(dtype), values, at, count, out, losses);
        }
        target.position(target.position() + size);
    }

    private static void toF64(float[] values, int at, int count, ByteBuffer out) {
        DoubleBuffer doubles = out.asDoubleBuffer();
        double[] chunk = new double[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            for (int i = 0; i < n; i++) {
                chunk[i] = values[at + done + i];
            }
            doubles.put(chunk, 0, n);
        }
    }

    private static void toF16(float[] values, int at, int count, ByteBuffer out, Losses losses) {
        short[] chunk = new short[Math.min(count, CHUNK)];
        ShortBuffer halves = out.asShortBuffer();
        Pairs pairs = count < CHUNK ? null : new Pairs();
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            Halves.ofFloats(values, at + done, chunk, n);
            halves.put(chunk, 0, n);
            if (n < CHUNK || pairs == null || (pairs.anyExtreme(out, 2 * done) && pairs.anyBeyond(values, at + done))) {
                losses.count(values, at + done, n, F16_OVER, F16_UNDER);
            }
        }
    }

    private static void toBf16(float[] values, int at, int count, ByteBuffer out, Losses losses) {
        Pairs pairs = new Pairs();
        int[] chunk = new int[Math.min(count / 2, CHUNK / 2)];
        IntBuffer twos = out.asIntBuffer();
        int done = 0;
        while (count - done > 1) {
            int n = Math.min(chunk.length, (count - done) / 2);
            if (pairs.toBf16(values, at + done, chunk, n)) {
                for (int i = 0; i < n; i++) {
                    int first = at + done + 2 * i;
                    chunk[i] = toBf16(values[first]) | toBf16(values[first + 1]) << 16;
                }
                losses.count(values, at + done, 2 * n, BF16_OVER, BF16_UNDER);
            }
            twos.put(chunk, 0, n);
            done += 2 * n;
        }
        if (done < count) {
            out.putShort(2 * done, (short) toBf16(values[at + done]));
            losses.count(values, at + done, 1, BF16_OVER, BF16_UNDER);
        }
    }

    /** Looks at a chunk several values at a time, so that what is counted costs a fraction of the conversion. */
    private static final class Pairs {
        private final ByteBuffer between = ByteBuffer.allocate(4 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        private final long[] words = new long[CHUNK / 2];

        /** Whether one of a full chunk of F16 is zero, infinite or NaN; four at a time. */
        boolean anyExtreme(ByteBuffer halves, int at) {
            int count = CHUNK / 4;
            halves.position(at);
            halves.asLongBuffer().get(words, 0, count);
            halves.position(0);
            long extreme = 0;
            for (int i = 0; i < count; i++) {
                long magnitudes = words[i] & 0x7fff7fff_7fff7fffL;
                extreme |= (magnitudes + 0x04000400_04000400L) | ~(magnitudes + 0x7fff7fff_7fff7fffL);
            }
            return (extreme & 0x80008000_80008000L) != 0;
        }

        boolean anyBeyond(float[] values, int at) {
            FloatPairs.copy(values, at, words, CHUNK / 2, between);
            return FloatPairs.anyBeyond(words, CHUNK / 2, F16_OVER, F16_UNDER);
        }

        boolean toBf16(float[] values, int at, int[] out, int pairs) {
            FloatPairs.copy(values, at, words, pairs, between);
            return FloatPairs.toBf16(words, out, pairs, BF16_OVER, BF16_UNDER);
        }
    }

    private static int toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // Adding to a NaN's bits could carry it into infinity or zero.
        return Float.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    }

    private static void toF8(
            SmallFloatRounding rounding, float[] values, int at, int count, ByteBuffer out, Losses losses) {
        byte[] chunk = new byte[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            rounding.round(values, at + done, chunk, n, losses);
            out.put(done, chunk, 0, n);
        }
    }
}
