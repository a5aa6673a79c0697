package dev.stsw.format;

import java.util.Arrays;
import java.util.StringJoiner;

/**
 * The dimensions of a tensor, outermost first (C order); no dimension means a scalar. Immutable.
 *
 * <p>Dimensions are 0 to 2<sup>63</sup>−1. Elements count as the reference counts them: multiplied from the left in
 * unsigned 64-bit arithmetic, so {@code [0, 2^62, 4]} is an empty tensor and {@code [2^62, 4, 0]} an overflow.
 */
public final class Shape {
    private static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dimensions;

    private Shape(long[] dimensions) {
        this.dimensions = dimensions;
    }

    /**
     * A shape of these dimensions.
     *
     * @throws IllegalArgumentException if a dimension is negative
     */
    public static Shape of(long... dimensions) {
        if (dimensions.length == 0) {
            return SCALAR;
        }
        for (long dimension : dimensions) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(dimensions));
            }
        }
        return new Shape(dimensions.clone());
    }

    /** Number of dimensions; 0 for a scalar. */
    public int rank() {
        return dimensions.length;
    }

    /** The {@code index}-th dimension, counted from 0, the outermost. */
    public long dimension(int index) {
        return dimensions[index];
    }

    /**
     * Number of elements; 1 for a scalar.
     *
     * @throws ArithmeticException if the product leaves the unsigned 64-bit range on the way
     */
    public long elementCount() {
        long count = 1;
        for (long dimension : dimensions) {
            count = Unsigned.multiplyExact(count, dimension);
        }
        return count;
    }

    /** The dimensions, as a copy. */
    public long[] toArray() {
        return dimensions.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dimensions);
    }

    /** As in a header: {@code [2, 3]}. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", "[", "]");
        for (long dimension : dimensions) {
            text.add(Long.toString(dimension));
        }
        return text.toString();
    }
}
