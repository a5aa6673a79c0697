package dev.stsw;

import dev.stsw.format.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Floats put down as a floating-point type, rounded to nearest, ties to even, with the overflow rules of torch: to
/// infinity where the type has one, else to NaN.
final class Narrowing {
    private static final int CHUNK = 2048;

    private Narrowing() {}

    /// Whether floats can be rounded to this type. Not the scale type E8M0, which has no sign, nor the packed types,
    /// whose values mean nothing without a scale.
    static boolean supports(DType dtype) {
        return switch (dtype) {
            case F64, F32, F16, BF16, F8_E5M2, F8_E4M3, F8_E4M3FNUZ, F8_E5M2FNUZ -> true;
            default -> false;
        };
    }

    /// Writes `count` values from `values[at]` on, from the start of `target`.
    ///
    /// By way of arrays of the target's width: setting the elements of a segment one by one takes ten times as long
    /// in a virtual machine that stops at its first compiler, as the command line's does.
    static void write(DType dtype, float[] values, int at, int count, MemorySegment target) {
        if (dtype == DType.F32) {
            MemorySegment.copy(values, at, target, Layouts.FLOAT, 0, count);
            return;
        }
        int length = Math.min(count, CHUNK);
        switch (dtype) {
            case F64 -> {
                double[] chunk = new double[length];
                for (int done = 0; done < count; done += length) {
                    int n = Math.min(length, count - done);
                    toDoubles(values, at + done, chunk, n);
                    MemorySegment.copy(chunk, 0, target, Layouts.DOUBLE, 8L * done, n);
                }
            }
            case F16 -> {
                short[] chunk = new short[length];
                for (int done = 0; done < count; done += length) {
                    int n = Math.min(length, count - done);
                    for (int i = 0; i < n; i++) {
                        chunk[i] = Float.floatToFloat16(values[at + done + i]);
                    }
                    MemorySegment.copy(chunk, 0, target, Layouts.SHORT, 2L * done, n);
                }
            }
            case BF16 -> {
                short[] chunk = new short[length];
                for (int done = 0; done < count; done += length) {
                    int n = Math.min(length, count - done);
                    for (int i = 0; i < n; i++) {
                        chunk[i] = toBf16(values[at + done + i]);
                    }
                    MemorySegment.copy(chunk, 0, target, Layouts.SHORT, 2L * done, n);
                }
            }
            default -> toF8(SmallFloatRounding.of(dtype), values, at, count, target);
        }
    }

    private static void toF8(SmallFloatRounding rounding, float[] values, int at, int count, MemorySegment target) {
        int length = Math.min(count, CHUNK);
        byte[] chunk = new byte[length];
        for (int done = 0; done < count; done += length) {
            int n = Math.min(length, count - done);
            rounding.round(values, at + done, chunk, n);
            MemorySegment.copy(chunk, 0, target, ValueLayout.JAVA_BYTE, done, n);
        }
    }

    private static void toDoubles(float[] values, int at, double[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = values[at + i];
        }
    }

    private static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // Adding to a NaN's bits could carry it into infinity or zero; torch makes every NaN 0x7fc0.
        return (short) (Float.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
