package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;

/**
 * How many values of a tensor lie in each of some bins of the same width, as NumPy's {@code histogram} counts them: a bin
 * begins with its lower edge, and the last one has its upper edge, too. Values outside of the range, NaN and infinite
 * ones are in none.
 *
 * <p>Elements are added as they stream by, in parts of any size; parts that were looked at apart are merged. For one
 * thread at a time.
 */
public final class Histogram {
    private static final int CHUNK = 4096;

    private final DType dtype;
    private final double[] edges;
    private final double width;
    private final long[] counts;

    private Histogram(DType dtype, double min, double max, int bins) {
        this.dtype = dtype;
        this.counts = new long[bins];
        this.edges = new double[bins + 1];
        double first = min == max ? min - 0.5 : min;
        double last = min == max ? max + 0.5 : max;
        this.width = last - first;
        double step = width / bins;
        for (int i = 0; i < bins; i++) {
            edges[i] = i * step + first;
        }
        edges[bins] = last;
    }

    /**
     * One without values.
     *
     * @param min lower edge of the first bin
     * @param max upper edge of the last bin; if it is the same, half of one is taken off the one and added to the other
     * @throws IllegalArgumentException if there is no bin, the range runs backward or is beyond a double, or the type's
     *     values have no order or are not known: C64 and F6
     */
    public static Histogram of(DType dtype, double min, double max, int bins) {
        if (dtype == DType.C64 || !Statistics.supports(dtype)) {
            throw new IllegalArgumentException("values of " + dtype + " have no histogram");
        }
        if (bins < 1 || !(min <= max) || Double.isInfinite(max - min)) {
            throw new IllegalArgumentException("no histogram from " + min + " to " + max + " in " + bins + " bins");
        }
        return new Histogram(dtype, min, max, bins);
    }

    /** Adds elements, as {@link Statistics#add}. */
    public void add(ByteBuffer elements) {
        Elements values = Elements.of(elements.slice());
        int all = Math.toIntExact(8L * elements.remaining() / dtype.bits());
        double[] chunk = new double[Math.min(all, CHUNK)];
        for (int done = 0; done < all; done += chunk.length) {
            int count = Math.min(chunk.length, all - done);
            values.toDoubles(dtype, done, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                add(chunk[i]);
            }
        }
        elements.position(elements.limit());
    }

    private void add(double value) {
        int last = counts.length - 1;
        if (!(value >= edges[0] && value <= edges[last + 1])) {
            return;
        }
        int bin = Math.min(last, (int) ((value - edges[0]) / width * counts.length));
        // What was rounded across an edge goes back.
        if (value < edges[bin]) {
            bin--;
        } else if (bin < last && value >= edges[bin + 1]) {
            bin++;
        }
        counts[bin]++;
    }

    /**
     * Adds what another one of the same bins counted.
     *
     * @throws IllegalArgumentException if its bins are others
     */
    public void merge(Histogram other) {
        if (other.counts.length != counts.length || other.min() != min() || other.max() != max()) {
            throw new IllegalArgumentException("histograms of other bins cannot be merged");
        }
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    /** The lower edge of the first bin. */
    public double min() {
        return edges[0];
    }

    /** The upper edge of the last bin. */
    public double max() {
        return edges[counts.length];
    }

    /** The number of values in each bin; a copy. */
    public long[] counts() {
        return counts.clone();
    }
}
