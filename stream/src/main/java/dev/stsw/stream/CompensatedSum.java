package dev.stsw.stream;

import java.io.Serializable;

/** A sum of many numbers, as exact as if it was made with twice the digits (Neumaier). */
final class CompensatedSum implements Serializable {
    private static final long serialVersionUID = 1L;

    private double sum;
    private double lost;

    void add(double more) {
        double next = sum + more;
        lost += Math.abs(sum) >= Math.abs(more) ? sum - next + more : more - next + sum;
        sum = next;
    }

    double value() {
        return sum + lost;
    }
}
