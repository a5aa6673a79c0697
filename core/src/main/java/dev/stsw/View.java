package dev.stsw;

import dev.stsw.format.Shape;
import java.util.Arrays;
import java.util.List;

/// Where the elements of a strided tensor lie in their memory. Immutable; all in elements.
final class View {
    private final Shape shape;
    private final long[] strides;
    private final long offset;

    private View(Shape shape, long[] strides, long offset) {
        this.shape = shape;
        this.strides = strides;
        this.offset = offset;
    }

    /// All of a memory in C order.
    static View contiguous(Shape shape) {
        return contiguous(shape, 0);
    }

    /// Strides wrap in shapes whose size overflows, which only empty tensors have, and are unused there.
    private static View contiguous(Shape shape, long offset) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int d = strides.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape.dimension(d);
        }
        return new View(shape, strides, offset);
    }

    Shape shape() {
        return shape;
    }

    /// The first element.
    long offset() {
        return offset;
    }

    boolean isEmpty() {
        return shape.elementCount() == 0;
    }

    boolean isContiguous() {
        return isEmpty() || runs().single();
    }

    /// The same memory under another shape of as many elements; only if this is contiguous.
    View reshape(Shape other) {
        return contiguous(other, offset);
    }

    /// Twice as many elements of half the size, pairs as a dimension more.
    View pairs() {
        int rank = strides.length;
        long[] dimensions = Arrays.copyOf(shape.toArray(), rank + 1);
        long[] steps = new long[rank + 1];
        for (int d = 0; d < rank; d++) {
            steps[d] = 2 * strides[d];
        }
        dimensions[rank] = 2;
        steps[rank] = 1;
        return new View(Shape.of(dimensions), steps, 2 * offset);
    }

    /// Its runs; only if it is not empty.
    Runs runs() {
        return new Runs(shape.toArray(), strides, offset);
    }

    /// The place of one element.
    ///
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it; names the dimension
    long element(long[] index) {
        if (index.length != strides.length) {
            throw new IndexOutOfBoundsException(index.length + " indices for " + strides.length + " dimensions");
        }
        long element = offset;
        for (int d = 0; d < index.length; d++) {
            if (index[d] < 0 || index[d] >= shape.dimension(d)) {
                throw outOfRange(index[d], d);
            }
            element += index[d] * strides[d];
        }
        return element;
    }

    /// The first element of one index of the first dimension.
    long row(long index) {
        if (index < 0 || index >= shape.dimension(0)) {
            throw outOfRange(index, 0);
        }
        return offset + index * strides[0];
    }

    /// Elements in one index of the first dimension.
    long rowLength() {
        long length = 1;
        for (int d = 1; d < strides.length; d++) {
            length *= shape.dimension(d);
        }
        return length;
    }

    /// Whether what lies in one index of the first dimension has no gaps.
    boolean hasDenseRows() {
        long run = 1;
        for (int d = strides.length - 1; d > 0; d--) {
            if (shape.dimension(d) != 1 && strides[d] != run) {
                return false;
            }
            run *= shape.dimension(d);
        }
        return true;
    }

    /// Counts a dimension from the end if it is negative.
    int dimension(int dimension) {
        int rank = strides.length;
        if (dimension < -rank || dimension >= rank) {
            throw new IndexOutOfBoundsException("there is no dimension " + dimension + " of " + rank);
        }
        return dimension < 0 ? dimension + rank : dimension;
    }

    /// The dimensions in another order.
    View permute(int... dimensions) {
        int rank = strides.length;
        if (dimensions.length != rank) {
            throw new IllegalArgumentException(dimensions.length + " dimensions for a permutation of " + rank);
        }
        long[] sizes = new long[rank];
        long[] steps = new long[rank];
        boolean[] seen = new boolean[rank];
        for (int d = 0; d < rank; d++) {
            int from = dimension(dimensions[d]);
            if (seen[from]) {
                throw new IllegalArgumentException("dimension " + from + " stands twice in a permutation");
            }
            seen[from] = true;
            sizes[d] = shape.dimension(from);
            steps[d] = strides[from];
        }
        return new View(Shape.of(sizes), steps, offset);
    }

    /// What these indices take; dimensions without one stay whole.
    ///
    /// @throws IndexOutOfBoundsException if there are too many, or a single one is outside of its dimension
    /// @throws IllegalArgumentException if there is more than one [Index#rest()]
    View slice(List<Index> indices) {
        int rank = strides.length;
        List<Index> each = Index.spread(indices, rank);
        long[] sizes = new long[rank];
        long[] steps = new long[rank];
        int kept = 0;
        long start = offset;
        for (int d = 0; d < rank; d++) {
            long size = shape.dimension(d);
            Index index = each.get(d);
            long first = index.first(size);
            if (index.isSingle() && (first < 0 || first >= size)) {
                throw outOfRange(index.from(), d);
            }
            if (index.isSingle()) {
                start += first * strides[d];
                continue;
            }
            long count = index.count(size);
            sizes[kept] = count;
            steps[kept++] = strides[d] * (count > 1 ? index.step() : 1);
            start += count == 0 ? 0 : first * strides[d];
        }
        return new View(Shape.of(Arrays.copyOf(sizes, kept)), Arrays.copyOf(steps, kept), start);
    }

    private IndexOutOfBoundsException outOfRange(long index, int dimension) {
        return new IndexOutOfBoundsException("index " + index + " is out of range for dimension " + dimension
                + " of size " + shape.dimension(dimension));
    }
}
