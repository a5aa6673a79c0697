package dev.stsw.stream;

import java.io.Serializable;

/**
 * Count, sum and squared deviations of values, in double precision. Sums are compensated (Neumaier), and the squares are
 * of deviations from the mean of each part (Chan, Golub, LeVeque), so that nothing cancels where the mean is far from 0.
 */
final class Moments implements Serializable {
    private static final long serialVersionUID = 1L;

    private long count;
    private final CompensatedSum sum = new CompensatedSum();
    private final CompensatedSum squares = new CompensatedSum();

    /**
     * Adds a part.
     *
     * @param more number of its values
     * @param partSum their sum
     * @param partSquares sum of their squared deviations from their own mean
     */
    void add(long more, double partSum, double partSquares) {
        if (more == 0) {
            return;
        }
        if (count > 0) {
            double delta = partSum / more - mean();
            squares.add(delta * delta * ((double) count * more / ((double) count + more)));
        }
        squares.add(partSquares);
        sum.add(partSum);
        count += more;
    }

    void add(Moments other) {
        add(other.count, other.sum.value(), other.squares());
    }

    long count() {
        return count;
    }

    double mean() {
        return sum.value() / count;
    }

    /** Sum of the squared deviations from the mean. */
    double squares() {
        return squares.value();
    }

    /** Sum of the squared values. */
    double squaredLength() {
        double mean = mean();
        return squares() + mean * mean * count;
    }
}
