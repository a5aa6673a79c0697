package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The value of each code of a type of at most 16 bits, as a float; exact. */
final class CodeValues {
    private static final int CODES = 1 << 16;

    /** 256 KB each, of those that were asked for. */
    private static final Map<DType, float[]> OF_16_BITS = new ConcurrentHashMap<>();

    private CodeValues() {}

    static float[] of(DType dtype) {
        return switch (dtype) {
            case F4 -> SmallFloats.table(dtype);
            case F16, BF16, I16, U16 -> OF_16_BITS.computeIfAbsent(dtype, CodeValues::table);
            default -> ByteValues.of(dtype);
        };
    }

    private static float[] table(DType dtype) {
        ByteBuffer codes = ByteBuffer.allocate(2 * CODES).order(ByteOrder.LITTLE_ENDIAN);
        for (int code = 0; code < CODES; code++) {
            codes.putShort((short) code);
        }
        float[] values = new float[CODES];
        Elements.of(codes.flip()).toFloats(dtype, 0, values, 0, CODES);
        return values;
    }
}
