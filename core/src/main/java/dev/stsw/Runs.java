package dev.stsw;

/// Walks over a strided tensor in C order, one run of evenly spaced elements after the other.
final class Runs {
    /// In elements; shorter ones are gathered before anything is done with them.
    private static final int SHORT_RUN = 64;

    private final long[] dimensions;
    private final long[] strides;
    private final long[] index;
    private final int outer;
    private final long length;
    private final long step;
    private long from;
    private boolean started;
    private boolean ended;

    /// @param dimensions of a tensor that is not empty
    /// @param strides in elements
    /// @param offset of the first element
    Runs(long[] dimensions, long[] strides, long offset) {
        this.dimensions = dimensions;
        this.strides = strides;
        int dimension = dimensions.length;
        while (dimension > 0 && dimensions[dimension - 1] == 1) {
            dimension--;
        }
        long between = dimension == 0 ? 1 : strides[dimension - 1];
        long run = 1;
        while (dimension > 0 && (dimensions[dimension - 1] == 1 || strides[dimension - 1] == run * between)) {
            dimension--;
            run *= dimensions[dimension];
        }
        this.outer = dimension;
        this.length = run;
        this.step = between;
        this.index = new long[dimension];
        this.from = offset;
    }

    /// Moves to the first or next run; false when there is none, from then on.
    boolean next() {
        if (!started) {
            started = true;
            return true;
        }
        for (int d = ended ? -1 : outer - 1; d >= 0; d--) {
            from += strides[d];
            if (++index[d] < dimensions[d]) {
                return true;
            }
            from -= strides[d] * dimensions[d];
            index[d] = 0;
        }
        ended = true;
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

    /// From one element of a run to the next, in elements; 1 where there are no gaps, negative where they run
    /// backwards.
    long step() {
        return step;
    }

    /// Whether runs have no gaps, and are long enough to be taken one by one.
    boolean dense() {
        return step == 1 && (length >= SHORT_RUN || single());
    }

    /// Whether all elements lie in one run without gaps.
    boolean single() {
        return outer == 0 && step == 1;
    }
}
