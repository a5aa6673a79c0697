package dev.stsw;

import dev.stsw.format.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Floats put down as a floating-point type, rounded to nearest, ties to even, with the overflow rules of torch: to
/// infinity where the type has one, else to NaN.
final class Narrowing {
    private static final int CHUNK = 2048;

    private static final int FLOAT_MANTISSA = 23;
    private static final int FLOAT_BIAS = 127;
    private static final int FLOAT_INFINITY = 0x7f800000;

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
        for (int done = 0; done < count; done += CHUNK) {
            int n = Math.min(CHUNK, count - done);
            switch (dtype) {
                case F64 -> MemorySegment.copy(doubles(values, at + done, n), 0, target, Layouts.DOUBLE, 8L * done, n);
                case F16, BF16 ->
                    MemorySegment.copy(shorts(dtype, values, at + done, n), 0, target, Layouts.SHORT, 2L * done, n);
                default ->
                    MemorySegment.copy(bytes(dtype, values, at + done, n), 0, target, ValueLayout.JAVA_BYTE, done, n);
            }
        }
    }

    private static double[] doubles(float[] values, int at, int count) {
        double[] chunk = new double[count];
        for (int i = 0; i < count; i++) {
            chunk[i] = values[at + i];
        }
        return chunk;
    }

    private static short[] shorts(DType dtype, float[] values, int at, int count) {
        short[] chunk = new short[count];
        if (dtype == DType.F16) {
            for (int i = 0; i < count; i++) {
                chunk[i] = Float.floatToFloat16(values[at + i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                chunk[i] = toBf16(values[at + i]);
            }
        }
        return chunk;
    }

    private static byte[] bytes(DType dtype, float[] values, int at, int count) {
        byte[] chunk = new byte[count];
        for (int i = 0; i < count; i++) {
            chunk[i] = toF8(dtype, values[at + i]);
        }
        return chunk;
    }

    private static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // Adding to a NaN's bits could carry it into infinity or zero; torch makes every NaN 0x7fc0.
        return (short) (Float.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static byte toF8(DType dtype, float value) {
        int bits = Float.floatToRawIntBits(value);
        int magnitude = bits & 0x7fffffff;
        int sign = (bits >>> 24) & 0x80;
        boolean nan = magnitude > FLOAT_INFINITY;
        return (byte)
                switch (dtype) {
                    case F8_E4M3 -> sign | (nan ? 0x7f : Math.min(round(magnitude, 3, 7), 0x7f));
                    case F8_E5M2 -> sign | (nan ? 0x7f : Math.min(round(magnitude, 2, 15), 0x7c));
                    case F8_E4M3FNUZ -> withoutNegativeZero(sign, nan ? 0x80 : Math.min(round(magnitude, 3, 8), 0x80));
                    case F8_E5M2FNUZ -> withoutNegativeZero(sign, nan ? 0x80 : Math.min(round(magnitude, 2, 16), 0x80));
                    default -> throw new UnsupportedOperationException("floats cannot be rounded to " + dtype);
                };
    }

    /// In the FNUZ types the code of a negative zero is the only NaN.
    private static int withoutNegativeZero(int sign, int code) {
        return code == 0 ? 0 : sign | code;
    }

    /// The code of a magnitude, as if the exponent had no upper end. A mantissa that rounds up carries into the
    /// exponent, which is right.
    private static int round(int magnitude, int mantissaBits, int bias) {
        int exponent = Math.max(magnitude >>> FLOAT_MANTISSA, 1) - FLOAT_BIAS;
        int shift = FLOAT_MANTISSA - mantissaBits;
        int rebias = (FLOAT_BIAS - bias) << mantissaBits;
        if (exponent >= 1 - bias) {
            return roundedShift(magnitude, shift) - rebias;
        }
        int significand = magnitude & ((1 << FLOAT_MANTISSA) - 1);
        if (magnitude >>> FLOAT_MANTISSA != 0) {
            significand |= 1 << FLOAT_MANTISSA;
        }
        int subnormalShift = shift + 1 - bias - exponent;
        return subnormalShift > FLOAT_MANTISSA + 1 ? 0 : roundedShift(significand, subnormalShift);
    }

    private static int roundedShift(int value, int shift) {
        int odd = (value >>> shift) & 1;
        return (value + (1 << (shift - 1)) - 1 + odd) >>> shift;
    }
}
