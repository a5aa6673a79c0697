package dev.stsw.stream;

/** A few thousand values as doubles, and the way from them into {@link Statistics}. */
final class DoubleChunk {
    private static final long INFINITY = 0x7ff0000000000000L;

    /** The values as they are in the file. */
    final long[] bits;

    final double[] values;
    private final Lanes lanes = new Lanes();

    DoubleChunk(int capacity) {
        this.bits = new long[capacity];
        this.values = new double[capacity];
    }

    /** Adds what stands in both arrays. */
    void add(int count, Statistics to) {
        addFinite(largest(bits, count) < INFINITY ? count : keepFinite(count, to), to);
    }

    private static long largest(long[] bits, int count) {
        long largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, bits[i] & Long.MAX_VALUE);
        }
        return largest;
    }

    private int keepFinite(int count, Statistics to) {
        int kept = 0;
        int infinite = 0;
        for (int i = 0; i < count; i++) {
            long magnitude = bits[i] & Long.MAX_VALUE;
            values[kept] = values[i];
            kept += magnitude < INFINITY ? 1 : 0;
            infinite += magnitude == INFINITY ? 1 : 0;
        }
        to.addSpecial(0, count - kept - infinite, infinite);
        return kept;
    }

    /** Adds finite values that stand in {@code values}. */
    void addFinite(int count, Statistics to) {
        if (count == 0) {
            return;
        }
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        int zeros = 0;
        for (int i = 0; i < count; i++) {
            double value = values[i];
            min = value < min ? value : min; // Math.min would look at NaN and signs of zeros.
            max = value > max ? value : max;
            zeros += value == 0 ? 1 : 0;
        }
        to.addRange(min, max);
        to.addSpecial(zeros, 0, 0);
        lanes.add(values, count, to.moments());
    }
}
