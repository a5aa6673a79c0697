package dev.stsw.stream;

import java.util.Arrays;

/** How often each code of a type of at most 16 bits occurs. All that is to be known of the values follows from that. */
final class CodeCounts {
    /** So many codes without an element are passed over at once. */
    private static final int STRIDE = 64;

    private final int[] counts = new int[1 << 16];

    /** Counts elements of 16 bits. */
    void add(short[] codes, int count) {
        int[] counted = counts;
        for (int i = 0; i < count; i++) {
            counted[codes[i] & 0xffff]++;
        }
    }

    /** Counts elements of 8 bits, in four tables one after the other, because equal neighbours would wait for each other. */
    void add(byte[] codes, int count) {
        int[] counted = counts;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            counted[codes[i] & 0xff]++;
            counted[256 + (codes[i + 1] & 0xff)]++;
            counted[512 + (codes[i + 2] & 0xff)]++;
            counted[768 + (codes[i + 3] & 0xff)]++;
        }
        for (; i < count; i++) {
            counted[codes[i] & 0xff]++;
        }
    }

    /** Puts the four tables for elements of 8 bits together. */
    void join() {
        for (int i = 256; i < 1024; i++) {
            counts[i & 0xff] += counts[i];
            counts[i] = 0;
        }
    }

    /** Splits each byte into the two elements of 4 bits in it. */
    void split() {
        int[] halves = new int[16];
        for (int code = 0; code < 256; code++) {
            halves[code & 0xf] += counts[code];
            halves[code >> 4] += counts[code];
        }
        Arrays.fill(counts, 0, 256, 0);
        System.arraycopy(halves, 0, counts, 0, halves.length);
    }

    /** Adds what was counted to the statistics, and begins anew. */
    void moveTo(Statistics to, float[] values) {
        Tally tally = new Tally();
        for (int block = 0; block < values.length; block += STRIDE) {
            int end = Math.min(block + STRIDE, values.length);
            if (any(counts, block, end)) {
                for (int code = block; code < end; code++) {
                    tally.add(counts[code], values[code]);
                }
            }
        }
        double mean = tally.sum / tally.finite;
        double squares = 0;
        for (int block = 0; block < values.length; block += STRIDE) {
            int end = Math.min(block + STRIDE, values.length);
            if (any(counts, block, end)) {
                squares += squares(values, block, end, mean);
                Arrays.fill(counts, block, end, 0);
            }
        }
        to.addSpecial(tally.zeros, tally.nan, tally.inf);
        if (tally.finite > 0) {
            to.addRange(tally.min, tally.max);
            to.moments().add(tally.finite, tally.sum, squares);
        }
    }

    private double squares(float[] values, int from, int end, double mean) {
        double squares = 0;
        for (int code = from; code < end; code++) {
            if (counts[code] > 0 && Float.isFinite(values[code])) {
                double deviation = values[code] - mean;
                squares += counts[code] * (deviation * deviation);
            }
        }
        return squares;
    }

    private static boolean any(int[] counts, int from, int end) {
        int all = 0;
        for (int i = from; i < end; i++) {
            all |= counts[i];
        }
        return all != 0;
    }

    /** What follows from the counts of the codes that were looked at so far. */
    private static final class Tally {
        private long zeros;
        private long nan;
        private long inf;
        private long finite;
        private double min = Double.POSITIVE_INFINITY;
        private double max = Double.NEGATIVE_INFINITY;
        private double sum;

        void add(int count, float value) {
            if (count == 0) {
                return;
            }
            if (Float.isNaN(value)) {
                nan += count;
            } else if (Float.isInfinite(value)) {
                inf += count;
            } else {
                zeros += value == 0 ? count : 0;
                finite += count;
                min = Math.min(min, value);
                max = Math.max(max, value);
                sum += (double) count * value;
            }
        }
    }
}
