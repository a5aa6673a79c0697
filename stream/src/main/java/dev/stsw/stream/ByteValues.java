package dev.stsw.stream;

import dev.stsw.format.DType;

/** What each byte of an 8-bit type stands for, as a float; exact. */
final class ByteValues {
    private static final float[] BOOL = new float[256];
    private static final float[] SIGNED = new float[256];
    private static final float[] UNSIGNED = new float[256];

    static {
        for (int code = 0; code < 256; code++) {
            BOOL[code] = code == 0 ? 0 : 1;
            SIGNED[code] = (byte) code;
            UNSIGNED[code] = code;
        }
    }

    private ByteValues() {}

    static float[] of(DType dtype) {
        return switch (dtype) {
            case BOOL -> BOOL;
            case I8 -> SIGNED;
            case U8 -> UNSIGNED;
            default -> SmallFloats.table(dtype);
        };
    }
}
