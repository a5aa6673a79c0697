package dev.stsw.stream;

/** A few thousand values as floats, and the way from them into {@link Statistics}. */
final class FloatChunk {
    private static final int INFINITY = 0x7f800000;
    private static final int MAGNITUDE = 0x7fffffff;

    /** The values as they are in the file. */
    final int[] bits;

    final float[] values;
    private final float[] seconds;
    private final Lanes lanes = new Lanes();

    // Of the chunk at hand: bits of its bounds, in an order of integers, and how many zeros there are.
    private int low;
    private int high;
    private int zeros;

    FloatChunk(int capacity) {
        this.bits = new int[capacity];
        this.values = new float[capacity];
        this.seconds = new float[capacity / 2];
    }

    /** Looks the values of codes up. */
    void widen(short[] codes, int count, float[] table) {
        for (int i = 0; i < count; i++) {
            float value = table[codes[i] & 0xffff];
            values[i] = value;
            bits[i] = Float.floatToRawIntBits(value);
        }
    }

    /** Adds what stands in both arrays. */
    void add(int all, Statistics to) {
        int count = all;
        look(bits, count);
        // What is NaN is beyond the infinity of its sign.
        if (high >= INFINITY || low <= ordered(INFINITY | Integer.MIN_VALUE)) {
            count = keepFinite(all, to);
            look(bits, count);
        }
        if (count > 0) {
            to.addRange(value(low), value(high));
            to.addSpecial(zeros, 0, 0);
            lanes.add(values, count, to.moments());
        }
    }

    private void look(int[] chunk, int count) {
        int min = Integer.MAX_VALUE;
        int max = Integer.MIN_VALUE;
        int none = 0;
        for (int i = 0; i < count; i++) {
            int element = chunk[i];
            int order = ordered(element);
            min = Math.min(min, order);
            max = Math.max(max, order);
            none += ((element & MAGNITUDE) - 1) >>> 31;
        }
        low = min;
        high = max;
        zeros = none;
    }

    /** Bits of floats in the order of their values, as integers; its own inverse. */
    private static int ordered(int element) {
        return element ^ ((element >> 31) & MAGNITUDE);
    }

    private static float value(int order) {
        return Float.intBitsToFloat(ordered(order));
    }

    private int keepFinite(int count, Statistics to) {
        int kept = 0;
        int infinite = 0;
        for (int i = 0; i < count; i++) {
            int magnitude = bits[i] & MAGNITUDE;
            bits[kept] = bits[i];
            values[kept] = values[i];
            kept += magnitude < INFINITY ? 1 : 0;
            infinite += magnitude == INFINITY ? 1 : 0;
        }
        to.addSpecial(0, count - kept - infinite, infinite);
        return kept;
    }

    /** Adds pairs that stand in {@code values}, one half beside the other. */
    void addPairs(int count, Statistics to) {
        int finite = 0;
        for (int i = 0; i < count; i++) {
            float first = values[2 * i];
            float second = values[2 * i + 1];
            if (Float.isFinite(first) && Float.isFinite(second)) {
                to.addSpecial(first == 0 && second == 0 ? 1 : 0, 0, 0);
                values[finite] = first;
                seconds[finite] = second;
                finite++;
            } else {
                boolean isNan = Float.isNaN(first) || Float.isNaN(second);
                to.addSpecial(0, isNan ? 1 : 0, isNan ? 0 : 1);
            }
        }
        lanes.add(values, finite, to.moments());
        lanes.add(seconds, finite, to.secondHalves());
    }
}
