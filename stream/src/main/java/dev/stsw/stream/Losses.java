package dev.stsw.stream;

/**
 * Counts what narrowing does to values beyond ordinary rounding. For one thread.
 *
 * <p>A value counts once, as the first that holds: it became infinite, was saturated, became NaN, became zero, or lost
 * its sign. What was infinite, NaN or zero before and still is does not count.
 */
final class Losses {
    /** What happened to a value. In this order, 0 for nothing, so that a table of codes can carry it in its upper bits. */
    static final int INFINITE = 1;

    static final int SATURATED = 2;
    static final int NAN = 3;
    static final int ZERO = 4;
    static final int UNSIGNED = 5;

    private static final int FLOAT_INFINITY = 0x7f800000;

    private final long[] counts = new long[UNSIGNED + 1];

    void count(int kind) {
        counts[kind]++;
    }

    void add(int kind, long values) {
        counts[kind] += values;
    }

    long of(int kind) {
        return counts[kind];
    }

    /**
     * Counts the floats that become infinite or zero in a type that has infinities.
     *
     * @param over the smallest magnitude that becomes infinite, as a float's bits
     * @param under the largest that becomes zero
     */
    void count(float[] values, int at, int count, int over, int under) {
        for (int i = at; i < at + count; i++) {
            int magnitude = Float.floatToRawIntBits(values[i]) & 0x7fffffff;
            if (magnitude >= over && magnitude < FLOAT_INFINITY) {
                counts[INFINITE]++;
            } else if (magnitude <= under && magnitude != 0) {
                counts[ZERO]++;
            }
        }
    }
}
