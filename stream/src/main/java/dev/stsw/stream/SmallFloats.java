package dev.stsw.stream;

import dev.stsw.format.DType;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the codes of the floating-point types below 16 bits stand for.
 *
 * <p>Sources: OCP 8-bit Floating Point Specification 1.0 (E4M3, E5M2), arXiv 2206.02915 (FNUZ), OCP Microscaling Formats
 * 1.0 (E8M0, E2M3 and E3M2 as F6, and E2M1 as F4).
 */
final class SmallFloats {
    private static final Map<DType, float[]> TABLES = new EnumMap<>(DType.class);

    static {
        TABLES.put(DType.F4, table(16, 1, 1));
        TABLES.put(DType.F6_E2M3, table(64, 3, 1));
        TABLES.put(DType.F6_E3M2, table(64, 2, 3));
        // A NaN keeps its sign on the way to other types, as in torch.
        float[] e4m3 = with(table(256, 3, 7), Float.NaN, 0x7f);
        TABLES.put(DType.F8_E4M3, with(e4m3, Float.intBitsToFloat(0xffc00000), 0xff));
        TABLES.put(DType.F8_E5M2, e5m2());
        TABLES.put(DType.F8_E4M3FNUZ, with(table(256, 3, 8), Float.NaN, 0x80));
        TABLES.put(DType.F8_E5M2FNUZ, with(table(256, 2, 16), Float.NaN, 0x80));
        TABLES.put(DType.F8_E8M0, powersOfTwo());
    }

    private SmallFloats() {}

    /** The value of each code, 256 of them, 64 for F6, or 16 for F4; exact. */
    static float[] table(DType dtype) {
        float[] table = TABLES.get(dtype);
        if (table == null) {
            throw new IllegalArgumentException(dtype + " is not a small floating-point type");
        }
        return table;
    }

    /** Sign in the highest bit, then exponent, then mantissa; subnormal where the exponent is 0. */
    private static float[] table(int codes, int mantissaBits, int bias) {
        float[] values = new float[codes];
        int signBit = codes >> 1;
        int mantissaMask = (1 << mantissaBits) - 1;
        for (int code = 0; code < codes; code++) {
            int exponent = (code & (signBit - 1)) >> mantissaBits;
            int significand = (code & mantissaMask) | (exponent == 0 ? 0 : mantissaMask + 1);
            float magnitude = Math.scalb((float) significand, Math.max(exponent, 1) - bias - mantissaBits);
            values[code] = (code & signBit) == 0 ? magnitude : -magnitude;
        }
        return values;
    }

    /** The upper byte of a binary16. */
    private static float[] e5m2() {
        float[] values = new float[256];
        for (int code = 0; code < values.length; code++) {
            values[code] = Halves.toFloat((short) (code << 8));
        }
        return values;
    }

    private static float[] powersOfTwo() {
        float[] values = new float[256];
        for (int code = 0; code < values.length; code++) {
            values[code] = Math.scalb(1f, code - 127);
        }
        return with(values, Float.NaN, 0xff);
    }

    private static float[] with(float[] values, float value, int... codes) {
        for (int code : codes) {
            values[code] = value;
        }
        return values;
    }
}
