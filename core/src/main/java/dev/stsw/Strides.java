package dev.stsw;

import dev.stsw.format.Shape;

/// Distances between neighbours along each dimension, in elements.
final class Strides {
    private Strides() {}

    /// Those of C order. They wrap in shapes whose size overflows, which only empty tensors have, and are unused there.
    static long[] contiguous(Shape shape) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int d = strides.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape.dimension(d);
        }
        return strides;
    }

    /// The same without one dimension, for dimensions as well as strides.
    static long[] without(long[] values, int dimension) {
        long[] rest = new long[values.length - 1];
        System.arraycopy(values, 0, rest, 0, dimension);
        System.arraycopy(values, dimension + 1, rest, dimension, rest.length - dimension);
        return rest;
    }
}
