package dev.stsw.stream;

import java.util.Arrays;

/**
 * Sums of many values side by side, which a compiler vectorises, while one sum would be a chain of additions. Two passes
 * over values that are in the processor's cache: their mean, then their deviations from it.
 */
final class Lanes {
    private static final int COUNT = 512;

    private final double[] sums = new double[COUNT];

    /** Adds finite values to the moments. */
    void add(float[] values, int count, Moments to) {
        for (int at = 0; at < count; at += COUNT) {
            sum(values, at, sums, Math.min(COUNT, count - at));
        }
        double sum = total();
        double mean = sum / count;
        for (int at = 0; at < count; at += COUNT) {
            squares(values, at, sums, Math.min(COUNT, count - at), mean);
        }
        to.add(count, sum, total());
    }

    /** Adds finite values to the moments. */
    void add(double[] values, int count, Moments to) {
        for (int at = 0; at < count; at += COUNT) {
            sum(values, at, sums, Math.min(COUNT, count - at));
        }
        double sum = total();
        double mean = sum / count;
        for (int at = 0; at < count; at += COUNT) {
            squares(values, at, sums, Math.min(COUNT, count - at), mean);
        }
        to.add(count, sum, total());
    }

    // Each loop is a method of its own, with arrays that are parameters: only so they are vectorised.

    private static void sum(float[] values, int at, double[] sums, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] += values[at + i];
        }
    }

    private static void squares(float[] values, int at, double[] sums, int count, double mean) {
        for (int i = 0; i < count; i++) {
            double deviation = values[at + i] - mean;
            sums[i] += deviation * deviation;
        }
    }

    static void sum(double[] values, int at, double[] sums, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] += values[at + i];
        }
    }

    private static void squares(double[] values, int at, double[] sums, int count, double mean) {
        for (int i = 0; i < count; i++) {
            double deviation = values[at + i] - mean;
            sums[i] += deviation * deviation;
        }
    }

    /** The sum of all lanes, in pairs; they are empty again then. */
    private double total() {
        double total = folded(sums);
        Arrays.fill(sums, 0);
        return total;
    }

    /** The sum of a power of two of lanes, in pairs, which are spoilt then. */
    static double folded(double[] lanes) {
        for (int half = lanes.length / 2; half > 0; half /= 2) {
            fold(lanes, half);
        }
        return lanes[0];
    }

    private static void fold(double[] sums, int half) {
        for (int i = 0; i < half; i++) {
            sums[i] += sums[half + i];
        }
    }
}
