package dev.stsw.format;

/**
 * Joins CRC-32s of neighbouring byte ranges, which {@link java.util.zip.CRC32} cannot: it has no way to go on from a
 * state.
 *
 * <p>A CRC is the remainder of the bytes' polynomial over GF(2), modulo P. Putting n bytes behind a range multiplies its
 * remainder by x<sup>8n</sup> mod P, so that {@code combine} is one modular power and one product.
 */
final class Crc32 {
    /** P of zlib (ISO-HDLC), without its x<sup>32</sup>, the highest power in the lowest bit. */
    private static final int POLYNOMIAL = 0xEDB88320;

    /** The polynomial 1 in that order of bits. */
    private static final int ONE = 0x80000000;

    /** x<sup>8·2^k</sup> mod P: what to multiply by for 2<sup>k</sup> bytes. */
    private static final int[] SHIFT = shifts();

    private Crc32() {}

    private static int[] shifts() {
        int[] shifts = new int[Long.SIZE - 1];
        shifts[0] = ONE >>> 8;
        for (int k = 1; k < shifts.length; k++) {
            shifts[k] = multiply(shifts[k - 1], shifts[k - 1]);
        }
        return shifts;
    }

    static int combine(int first, int second, long secondLength) {
        int shift = ONE;
        for (int k = 0; k < SHIFT.length; k++) {
            if ((secondLength >>> k & 1) != 0) {
                shift = multiply(shift, SHIFT[k]);
            }
        }
        return multiply(first, shift) ^ second;
    }

    /** The product of two polynomials, modulo P. */
    private static int multiply(int a, int b) {
        int product = 0;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= b;
            }
            b = b >>> 1 ^ (b & 1) * POLYNOMIAL;
        }
        return product;
    }
}
