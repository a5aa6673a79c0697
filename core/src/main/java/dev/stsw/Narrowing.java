package dev.stsw;

import dev.stsw.format.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Floats put down as a floating-point type as torch 2.13 does it, bit for bit: rounded to nearest, ties to even. What
/// is too large becomes infinite where the type has infinities; in F8_E4M3 the largest number, in the FNUZ types and
/// F8_E8M0 NaN.
///
/// Where torch's NaN depends on the machine's vector unit, ours is the usual one: 0x7fc0 in BF16; in F16 sign and upper
/// bits of the payload stay.
final class Narrowing {
    private static final int CHUNK = 2048;

    /// Magnitudes as bits of floats: what becomes infinite, from here on; what becomes zero, up to here.
    private static final int F16_OVER = 0x477ff000;

    private static final int F16_UNDER = 0x33000000;
    private static final int BF16_OVER = 0x7f7f8000;
    private static final int BF16_UNDER = 0x00008000;

    private Narrowing() {}

    /// Whether floats can be rounded to this type. Not the packed types, whose few values mean nothing without a scale.
    static boolean supports(DType dtype) {
        return switch (dtype) {
            case F64, F32, F16, BF16, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> true;
            default -> false;
        };
    }

    /// Whether the type has infinities, so that what is infinite stays so.
    static boolean hasInfinity(DType dtype) {
        return switch (dtype) {
            case F64, F32, F16, BF16, F8_E5M2 -> true;
            default -> false;
        };
    }

    /// Writes `count` values from `values[at]` on, from the start of `target`.
    static void write(DType dtype, float[] values, int at, int count, MemorySegment target) {
        write(dtype, values, at, count, target, new Losses());
    }

    /// The same, and counts.
    ///
    /// By way of arrays of the target's width: setting the elements of a segment one by one takes ten times as long
    /// in a virtual machine that stops at its first compiler, as the command line's does.
    static void write(DType dtype, float[] values, int at, int count, MemorySegment target, Losses losses) {
        switch (dtype) {
            case F64 -> toF64(values, at, count, target);
            case F32 -> MemorySegment.copy(values, at, target, Layouts.FLOAT, 0, count);
            case F16 -> toF16(values, at, count, target, losses);
            case BF16 -> toBf16(values, at, count, target, losses);
            default -> toF8(SmallFloatRounding.of(dtype), values, at, count, target, losses);
        }
    }

    private static void toF64(float[] values, int at, int count, MemorySegment target) {
        double[] chunk = new double[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            for (int i = 0; i < n; i++) {
                chunk[i] = values[at + done + i];
            }
            MemorySegment.copy(chunk, 0, target, Layouts.DOUBLE, 8L * done, n);
        }
    }

    private static void toF16(float[] values, int at, int count, MemorySegment target, Losses losses) {
        short[] chunk = new short[Math.min(count, CHUNK)];
        long[] words = new long[count < CHUNK ? 0 : CHUNK / 2];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            for (int i = 0; i < n; i++) {
                chunk[i] = Float.floatToFloat16(values[at + done + i]);
            }
            MemorySegment.copy(chunk, 0, target, Layouts.SHORT, 2L * done, n);
            if (n < CHUNK || (anyExtreme(chunk, words) && anyBeyond(values, at + done, words))) {
                losses.count(values, at + done, n, F16_OVER, F16_UNDER);
            }
        }
    }

    /// Whether one of a full chunk of F16 is zero, infinite or NaN. Four at a time, so that what is counted costs a
    /// fraction of the conversion as long as there is nothing to count.
    private static boolean anyExtreme(short[] halves, long[] words) {
        int count = CHUNK / 4;
        MemorySegment.copy(MemorySegment.ofArray(halves), ValueLayout.JAVA_LONG_UNALIGNED, 0, words, 0, count);
        long extreme = 0;
        for (int i = 0; i < count; i++) {
            long magnitudes = words[i] & 0x7fff7fff_7fff7fffL;
            extreme |= (magnitudes + 0x04000400_04000400L) | ~(magnitudes + 0x7fff7fff_7fff7fffL);
        }
        return (extreme & 0x80008000_80008000L) != 0;
    }

    private static boolean anyBeyond(float[] values, int at, long[] pairs) {
        FloatPairs.copy(values, at, pairs, CHUNK / 2);
        return FloatPairs.anyBeyond(pairs, CHUNK / 2, F16_OVER, F16_UNDER);
    }

    private static void toBf16(float[] values, int at, int count, MemorySegment target, Losses losses) {
        long[] pairs = new long[Math.min(count / 2, CHUNK / 2)];
        int[] chunk = new int[pairs.length];
        int done = 0;
        while (count - done > 1) {
            int n = Math.min(pairs.length, (count - done) / 2);
            FloatPairs.copy(values, at + done, pairs, n);
            if (FloatPairs.toBf16(pairs, chunk, n, BF16_OVER, BF16_UNDER)) {
                for (int i = 0; i < n; i++) {
                    int first = at + done + 2 * i;
                    chunk[i] = toBf16(values[first]) | toBf16(values[first + 1]) << 16;
                }
                losses.count(values, at + done, 2 * n, BF16_OVER, BF16_UNDER);
            }
            MemorySegment.copy(chunk, 0, target, Layouts.INT, 2L * done, n);
            done += 2 * n;
        }
        if (done < count) {
            target.set(Layouts.SHORT, 2L * done, (short) toBf16(values[at + done]));
            losses.count(values, at + done, 1, BF16_OVER, BF16_UNDER);
        }
    }

    private static int toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // Adding to a NaN's bits could carry it into infinity or zero.
        return Float.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    }

    private static void toF8(
            SmallFloatRounding rounding, float[] values, int at, int count, MemorySegment target, Losses losses) {
        byte[] chunk = new byte[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            rounding.round(values, at + done, chunk, n, losses);
            MemorySegment.copy(chunk, 0, target, ValueLayout.JAVA_BYTE, done, n);
        }
    }
}
