package dev.stsw.format;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The 22 element types of safetensors 0.8.0, in the reference's rank order, lowest first: writers put tensors of a
 * higher rank first.
 *
 * <p>All values are little-endian. The types below 8 bits are packed, and a tensor of them must end on a byte.
 */
public enum DType {
    /** One byte, 0 or 1; other values occur in files and are not rejected. */
    BOOL(8),
    /** OCP MX FP4 (E2M1), two elements a byte. */
    F4(4),
    /** OCP MX FP6 (E2M3), four elements in three bytes. */
    F6_E2M3(6),
    /** OCP MX FP6 (E3M2), four elements in three bytes. */
    F6_E3M2(6),
    /** Unsigned 8-bit integer. */
    U8(8),
    /** Signed 8-bit integer. */
    I8(8),
    /** FP8 with 5 exponent and 2 mantissa bits, with infinities (arXiv 2209.05433). */
    F8_E5M2(8),
    /** FP8 with 4 exponent and 3 mantissa bits, no infinities (arXiv 2209.05433; "E4M3FN" elsewhere). */
    F8_E4M3(8),
    /** OCP MX scale: an exponent alone, a power of two. */
    F8_E8M0(8),
    /** FP8 E4M3 without infinities and negative zero, bias 8 (arXiv 2206.02915). */
    F8_E4M3FNUZ(8),
    /** FP8 E5M2 without infinities and negative zero, bias 16 (arXiv 2206.02915). */
    F8_E5M2FNUZ(8),
    /** Signed 16-bit integer. */
    I16(16),
    /** Unsigned 16-bit integer. */
    U16(16),
    /** IEEE 754 binary16. */
    F16(16),
    /** The upper half of an IEEE 754 binary32. */
    BF16(16),
    /** Signed 32-bit integer. */
    I32(32),
    /** Unsigned 32-bit integer. */
    U32(32),
    /** IEEE 754 binary32. */
    F32(32),
    /** Complex number: two F32, real part first. */
    C64(64),
    /** IEEE 754 binary64. */
    F64(64),
    /** Signed 64-bit integer. */
    I64(64),
    /** Unsigned 64-bit integer. */
    U64(64);

    private static final Map<String, DType> BY_NAME =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(DType::name, Function.identity()));

    private final int bits;

    DType(int bits) {
        this.bits = bits;
    }

    /** Width of one element in bits: 4, 6, 8, 16, 32 or 64. */
    public int bits() {
        return bits;
    }

    /**
     * Whether a tensor of the other type can become one of this type with every value as it is. F32, F64 and the integers
     * from 16 bits on hold others; any other type is said to hold itself alone, and F6, whose packing nobody defines, BOOL
     * and C64 are held by themselves alone.
     */
    public boolean holds(DType other) {
        return this == other
                || switch (this) {
                    case F64 -> other.isInteger(32) || other.isFloat(32);
                    case F32 -> other.isInteger(16) || other.isFloat(16);
                    case I64, I32, I16 -> other.isInteger(bits / 2);
                    case U64, U32, U16 ->
                        other.isInteger(bits / 2) && other.name().charAt(0) == 'U';
                    default -> false;
                };
    }

    private boolean isInteger(int widest) {
        return bits <= widest
                && switch (this) {
                    case U8, I8, U16, I16, U32, I32 -> true;
                    default -> false;
                };
    }

    private boolean isFloat(int widest) {
        return bits <= widest
                && switch (this) {
                    case F4, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, F16, BF16, F32 -> true;
                    default -> false;
                };
    }

    /** The type of exactly that name, as it stands in a header; empty for any other text. */
    public static Optional<DType> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * Size in bytes of {@code elements} elements.
     *
     * @throws ArithmeticException if their bits exceed an unsigned 64-bit number, as the reference counts them, or if
     *     they do not end on a byte
     */
    public long byteSize(long elements) {
        long total = Unsigned.multiplyExact(elements, bits);
        if ((total & 7) != 0) {
            throw new ArithmeticException(
                    Long.toUnsignedString(elements) + " elements of " + this + " do not end on a byte");
        }
        return total >>> 3;
    }
}
