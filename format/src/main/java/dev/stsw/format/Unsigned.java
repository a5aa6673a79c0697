package dev.stsw.format;

/** Exact arithmetic on unsigned 64-bit numbers, which the reference uses for shapes. */
final class Unsigned {
    private Unsigned() {}

    /** The product of two unsigned numbers. */
    static long multiplyExact(long a, long b) {
        // Math.unsignedMultiplyHigh is Java 18: correct the signed high word instead.
        long high = Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
        if (high != 0) {
            throw new ArithmeticException(
                    Long.toUnsignedString(a) + " x " + Long.toUnsignedString(b) + " exceeds 64 bits");
        }
        return a * b;
    }
}
