package dev.stsw;

/// Walks over a strided tensor in C order, one gap-free run of elements after the other.
final class Runs {
    private final long[] dimensions;
    private final long[] strides;
    private final long[] index;
    private final int outer;
    private final long length;
    private long from;
    private boolean started;

    /// @param dimensions of a tensor that is not empty
    /// @param strides in elements
    /// @param offset of the first element
    Runs(long[] dimensions, long[] strides, long offset) {
        this.dimensions = dimensions;
        this.strides = strides;
        long run = 1;
        int dimension = dimensions.length;
        while (dimension > 0 && (dimensions[dimension - 1] == 1 || strides[dimension - 1] == run)) {
            dimension--;
            run *= dimensions[dimension];
        }
        this.outer = dimension;
        this.length = run;
        this.index = new long[dimension];
        this.from = offset;
    }

    /// Moves to the first or next run; false when there is none.
    boolean next() {
        if (!started) {
            started = true;
            return true;
        }
        for (int d = outer - 1; d >= 0; d--) {
            from += strides[d];
            if (++index[d] < dimensions[d]) {
                return true;
            }
            from -= strides[d] * dimensions[d];
            index[d] = 0;
        }
        return false;
    }

    /// First element of this run.
    long from() {
        return from;
    }

    /// Elements in each run.
    long length() {
        return length;
    }

    /// Whether all elements lie in one run.
    boolean single() {
        return outer == 0;
    }
}
