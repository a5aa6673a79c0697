package dev.stsw;

import dev.stsw.format.DType;

/// Rounds floats to an 8-bit floating-point type: to nearest, ties to even.
///
/// Without a branch for each value, which would often be mispredicted.
final class SmallFloatRounding {
    private static final int FLOAT_MANTISSA = 23;
    private static final int FLOAT_BIAS = 127;
    private static final int FLOAT_INFINITY = 0x7f800000;

    private final int mantissaBits;
    private final int bias;
    /// What is too large becomes this: infinity, or NaN where there is none.
    private final int overflow;

    private final int nan;
    /// The code that no number has, where negative zero is NaN; otherwise the sign of one.
    private final int negativeZero;

    private SmallFloatRounding(int mantissaBits, int bias, int overflow, int nan, int negativeZero) {
        this.mantissaBits = mantissaBits;
        this.bias = bias;
        this.overflow = overflow;
        this.nan = nan;
        this.negativeZero = negativeZero;
    }

    static SmallFloatRounding of(DType dtype) {
        return switch (dtype) {
            case F8_E4M3 -> new SmallFloatRounding(3, 7, 0x7f, 0x7f, 0x80);
            case F8_E5M2 -> new SmallFloatRounding(2, 15, 0x7c, 0x7f, 0x80);
            case F8_E4M3FNUZ -> new SmallFloatRounding(3, 8, 0x80, 0x80, 0);
            case F8_E5M2FNUZ -> new SmallFloatRounding(2, 16, 0x80, 0x80, 0);
            default -> throw new UnsupportedOperationException("floats cannot be rounded to " + dtype);
        };
    }

    /// Rounds `count` values from `values[at]` on to their codes.
    void round(float[] values, int at, byte[] codes, int count) {
        int shift = FLOAT_MANTISSA - mantissaBits;
        int half = (1 << (shift - 1)) - 1;
        int rebias = (FLOAT_BIAS - bias) << mantissaBits;
        // Below it, the values of the type are a fixed distance apart. The processor rounds to that distance what is
        // added to a number so large as the magic one.
        int smallestNormal = (FLOAT_BIAS + 1 - bias) << FLOAT_MANTISSA;
        int magic = (FLOAT_BIAS + 1 - bias + shift) << FLOAT_MANTISSA;
        float magicValue = Float.intBitsToFloat(magic);
        for (int i = 0; i < count; i++) {
            float value = values[at + i];
            int bits = Float.floatToRawIntBits(value);
            int magnitude = bits & 0x7fffffff;
            // A mantissa that rounds up carries into the exponent, which is right.
            int normal = ((magnitude + half + ((magnitude >>> shift) & 1)) >>> shift) - rebias;
            int subnormal = Float.floatToRawIntBits(Math.abs(value) + magicValue) - magic;
            int isSubnormal = (magnitude - smallestNormal) >> 31;
            int isNan = (FLOAT_INFINITY - magnitude) >> 31;
            int code = Math.min((subnormal & isSubnormal) | (normal & ~isSubnormal), overflow);
            code = (nan & isNan) | (code & ~isNan);
            int isZero = (code - 1) >> 31;
            codes[i] = (byte) (((bits >>> 24) & 0x80 & (negativeZero | ~isZero)) | code);
        }
    }
}
