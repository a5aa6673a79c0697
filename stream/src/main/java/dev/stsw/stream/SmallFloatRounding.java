package dev.stsw.stream;

import dev.stsw.format.DType;
import java.util.EnumMap;
import java.util.Map;

/**
 * Rounds floats to an 8-bit floating-point type, by a table of what each float of 16 bits (BF16) becomes.
 *
 * <p>A float is first cut to 16 bits, with the lowest one set if anything was cut off. Two bits beyond those that the
 * type keeps are enough to round right, as long as the last of them tells whether anything follows; there are at least
 * three.
 */
final class SmallFloatRounding {
    private static final int INFINITY = 0x7f80;
    private static final Map<DType, SmallFloatRounding> MADE = new EnumMap<>(DType.class);

    /** What becomes of each: the code in the lower 8 bits, above it a kind of {@link Losses}, or 0. */
    private final char[] table = new char[1 << 16];

    private final DType dtype;
    /** What each code stands for; ascending up to {@code largest}, the code of the largest number. */
    private final float[] values;

    private final int largest;
    private final int nan;

    private SmallFloatRounding(DType dtype) {
        this.dtype = dtype;
        this.values = SmallFloats.table(dtype);
        switch (dtype) {
            case F8_E4M3 -> {
                largest = 0x7e;
                nan = 0x7f;
            }
            case F8_E5M2 -> {
                largest = 0x7b;
                nan = 0x7f;
            }
            case F8_E4M3FNUZ, F8_E5M2FNUZ -> {
                largest = 0x7f;
                nan = 0x80;
            }
            case F8_E8M0 -> {
                largest = 0xfe;
                nan = 0xff;
            }
            default -> throw new UnsupportedOperationException("floats cannot be rounded to " + dtype);
        }
        fill();
    }

    /** Made when it is first asked for, which takes a millisecond. */
    static SmallFloatRounding of(DType dtype) {
        synchronized (MADE) {
            return MADE.computeIfAbsent(dtype, SmallFloatRounding::new);
        }
    }

    /** Rounds {@code count} values from {@code from[at]} on to their codes. */
    void round(float[] from, int at, byte[] codes, int count, Losses losses) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(from[at + i]);
            int code = table[(bits >>> 16) | (((bits & 0xffff) + 0xffff) >>> 16)];
            codes[i] = (byte) code;
            if (code > 0xff) {
                losses.count(code >>> 8);
            }
        }
    }

    private void fill() {
        int below = 0;
        for (int pattern = 0; pattern < 1 << 15; pattern++) {
            double magnitude = Float.intBitsToFloat(pattern << 16);
            while (below < largest && isAbove(magnitude, below)) {
                below++;
            }
            table[pattern] = (char) entry(pattern, magnitude, below);
            table[pattern | 1 << 15] = (char) negative(table[pattern], magnitude);
        }
    }

    /** Whether a number goes to the code above this one, rather than to it: the nearer one, or the even one of two. */
    private boolean isAbove(double magnitude, int code) {
        if (dtype == DType.F8_E8M0) {
            // The one significant bit of a power of two is odd, so that ties go up. Torch takes floats for subnormal
            // from 2^-126 down, and what lies between there and the lowest power for the upper one.
            return code == 0 ? magnitude > values[0] : magnitude >= 1.5 * values[code];
        }
        double here = values[code];
        double next = code < largest ? values[code + 1] : 2 * here - values[code - 1];
        double middle = (here + next) / 2;
        return magnitude > middle || (magnitude == middle && (code & 1) == 1);
    }

    private int entry(int pattern, double magnitude, int code) {
        if (pattern > INFINITY) {
            return nan;
        }
        if (pattern == INFINITY && dtype == DType.F8_E5M2) {
            return largest + 1;
        }
        if (code == largest && isAbove(magnitude, largest)) {
            return switch (dtype) {
                case F8_E5M2 -> largest + 1 | Losses.INFINITE << 8;
                case F8_E4M3 -> largest | Losses.SATURATED << 8;
                default -> nan | Losses.NAN << 8;
            };
        }
        if (dtype == DType.F8_E8M0) {
            return magnitude < values[0] / 2 ? Losses.SATURATED << 8 : code;
        }
        return code == 0 && magnitude > 0 ? Losses.ZERO << 8 : code;
    }

    private int negative(int positive, double magnitude) {
        return switch (dtype) {
            case F8_E8M0 ->
                positive == nan || positive > 0xff || magnitude == 0 ? positive : positive | Losses.UNSIGNED << 8;
            // Negative zero's code is NaN's.
            case F8_E4M3FNUZ, F8_E5M2FNUZ -> (positive & 0xff) == 0 ? positive : positive | 0x80;
            default -> positive | 0x80;
        };
    }
}
