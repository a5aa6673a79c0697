package dev.stsw.stream;

/** A sum of many numbers, as exact as if it was made with twice the digits (Neumaier). */
final class CompensatedSum {
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
