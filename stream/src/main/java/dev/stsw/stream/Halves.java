package dev.stsw.stream;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Floats of 16 bits (F16, binary16) as floats, and back: rounded to nearest, ties to even; a NaN keeps its sign and the
 * upper bits of its payload, and becomes quiet.
 *
 * <p>By the virtual machine's own conversion where it has one (Java 20 and later), which processors do in one instruction.
 */
final class Halves {
    private static final @Nullable MethodHandle TO_FLOAT = find("float16ToFloat", float.class, short.class);
    private static final @Nullable MethodHandle OF_FLOAT = find("floatToFloat16", short.class, float.class);

    private Halves() {}

    private static @Nullable MethodHandle find(String name, Class<?> result, Class<?> argument) {
        try {
            return MethodHandles.publicLookup().findStatic(Float.class, name, MethodType.methodType(result, argument));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null; // Java 17
        }
    }

    static float toFloat(short half) {
        if (TO_FLOAT == null) {
            return decode(half);
        }
        try {
            return (float) TO_FLOAT.invokeExact(half);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static short ofFloat(float value) {
        if (OF_FLOAT == null) {
            return encode(value);
        }
        try {
            return (short) OF_FLOAT.invokeExact(value);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static void toFloats(short[] halves, float[] out, int at, int count) {
        for (int i = 0; i < count; i++) {
            out[at + i] = toFloat(halves[i]);
        }
    }

    static void ofFloats(float[] values, int at, short[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = ofFloat(values[at + i]);
        }
    }

    /** As Java 17 must do it. */
    static float decode(short half) {
        int magnitude = half & 0x7fff;
        int sign = (half & 0x8000) << 16;
        if (magnitude >= 0x7c00) {
            int quiet = magnitude > 0x7c00 ? 0x00400000 : 0;
            return Float.intBitsToFloat(sign | 0x7f800000 | quiet | (magnitude & 0x3ff) << 13);
        }
        // As the exponent of a float it is too small by 127 - 15; subnormal ones come out right, too.
        float value = Float.intBitsToFloat(magnitude << 13) * 0x1p112f;
        return Float.intBitsToFloat(sign | Float.floatToRawIntBits(value));
    }

    /** As Java 17 must do it. */
    static short encode(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00 | (magnitude >>> 13 & 0x3ff));
        }
        if (magnitude >= 0x477ff000) {
            return (short) (sign | 0x7c00); // 65520 and above
        }
        if (magnitude < 0x38800000) {
            // Subnormal: adding 0.5 leaves as many bits below the point as these have, rounded.
            float sum = Float.intBitsToFloat(magnitude) + 0.5f;
            return (short) (sign | (Float.floatToRawIntBits(sum) - 0x3f000000));
        }
        int odd = magnitude >>> 13 & 1;
        return (short) (sign | (magnitude - 0x38000000 + 0xfff + odd) >>> 13);
    }
}
