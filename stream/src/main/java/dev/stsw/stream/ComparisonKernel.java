package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The loops behind {@link Comparison}: over arrays, a few operations each, with sums side by side, so that the compiler
 * vectorises them. What is not finite shows in the sums; only then elements are looked at one by one.
 */
final class ComparisonKernel {
    private static final int CHUNK = 2048;
    private static final int LANES = 256;

    private final double[] a = new double[CHUNK];
    private final double[] b = new double[CHUNK];
    /** Sizes of the differences. */
    private final double[] sizes = new double[CHUNK];

    private final float[] floats = new float[CHUNK];
    private final long[] longsOfA = new long[CHUNK];
    private final long[] longsOfB = new long[CHUNK];
    private final double[] lanes = new double[LANES];

    /** Adds as many elements of both. */
    void add(DType typeOfA, ByteBuffer ofA, DType typeOfB, ByteBuffer ofB, double rtol, Comparison to) {
        Elements elementsOfA = Elements.of(ofA);
        Elements elementsOfB = Elements.of(ofB);
        boolean pairs = typeOfA == DType.C64;
        // The halves of pairs are elements here.
        DType halfOfA = pairs ? DType.F32 : typeOfA;
        DType halfOfB = pairs ? DType.F32 : typeOfB;
        int all = Math.toIntExact(8L * ofA.remaining() / halfOfA.bits());
        for (int done = 0; done < all; done += CHUNK) {
            int count = Math.min(CHUNK, all - done);
            read(elementsOfA, halfOfA, done, a, count);
            read(elementsOfB, halfOfB, done, b, count);
            if (pairs) {
                addPairs(count / 2, rtol, to);
            } else {
                subtract(a, b, sizes, count);
                if (isLong(typeOfA) && typeOfA == typeOfB) {
                    elementsOfA.toLongs(typeOfA, done, longsOfA, 0, count);
                    elementsOfB.toLongs(typeOfB, done, longsOfB, 0, count);
                    subtractRounded(count);
                }
                addSizes(count, rtol, to);
            }
        }
    }

    private void read(Elements elements, DType dtype, int from, double[] to, int count) {
        if (dtype.bits() <= 16 || dtype == DType.F32) {
            elements.toFloats(dtype, from, floats, 0, count);
            widen(floats, to, count);
        } else {
            elements.toDoubles(dtype, from, to, 0, count);
        }
    }

    private static boolean isLong(DType dtype) {
        return dtype == DType.I64 || dtype == DType.U64;
    }

    /** Integers that differ may round to the same double: their difference is that of the integers. */
    private void subtractRounded(int count) {
        for (int i = 0; i < count; i++) {
            if (longsOfA[i] != longsOfB[i] && sizes[i] == 0) {
                sizes[i] = Math.abs((double) (longsOfB[i] - longsOfA[i]));
            }
        }
    }

    /** Of pairs, the size of the difference is a complex number's; the rest goes by halves. */
    private void addPairs(int pairs, double rtol, Comparison to) {
        int kept = 0;
        double products = 0;
        for (int i = 0; i < pairs; i++) {
            int at = 2 * i;
            boolean nanOfA = Double.isNaN(a[at]) || Double.isNaN(a[at + 1]);
            boolean nanOfB = Double.isNaN(b[at]) || Double.isNaN(b[at + 1]);
            boolean finiteA = Double.isFinite(a[at]) && Double.isFinite(a[at + 1]);
            boolean finiteB = Double.isFinite(b[at]) && Double.isFinite(b[at + 1]);
            if (nanOfA || nanOfB) {
                to.addSpecial(nanOfA == nanOfB ? 0 : 1, 0);
            } else if (finiteA && finiteB) {
                // Sizes take the place of numbers: no other sum has to know that there are pairs.
                products += a[at] * b[at] + a[at + 1] * b[at + 1];
                double size = Math.hypot(b[at] - a[at], b[at + 1] - a[at + 1]);
                a[kept] = Math.hypot(a[at], a[at + 1]);
                b[kept] = Math.hypot(b[at], b[at + 1]);
                sizes[kept++] = size;
            } else {
                to.addSpecial(0, a[at] == b[at] && a[at + 1] == b[at + 1] ? 0 : 1);
            }
        }
        to.addProducts(products);
        addFinite(kept, products(a, a, lanes, kept), products(b, b, lanes, kept), rtol, to);
    }

    private void addSizes(int all, double rtol, Comparison to) {
        double ofA = products(a, a, lanes, all);
        double ofB = products(b, b, lanes, all);
        int count = all;
        // Where an element is not finite; or where squares are beyond a double, and all elements are kept.
        if (!Double.isFinite(ofA + ofB)) {
            count = keepFinite(all, to);
            ofA = products(a, a, lanes, count);
            ofB = products(b, b, lanes, count);
        }
        to.addProducts(products(a, b, lanes, count));
        addFinite(count, ofA, ofB, rtol, to);
    }

    private void addFinite(int count, double ofA, double ofB, double rtol, Comparison to) {
        double largest = largest(sizes, lanes, count);
        double beyond = rtol == 0 ? largest : excess(sizes, a, lanes, count, rtol);
        to.addFinite(count, largest, beyond);
        to.addSums(sum(sizes, lanes, count), products(sizes, sizes, lanes, count), ofA, ofB);
    }

    private int keepFinite(int count, Comparison to) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            double first = a[i];
            double second = b[i];
            if (Double.isNaN(first) || Double.isNaN(second)) {
                to.addSpecial(Double.isNaN(first) && Double.isNaN(second) ? 0 : 1, 0);
            } else if (Double.isInfinite(first) || Double.isInfinite(second)) {
                to.addSpecial(0, first == second ? 0 : 1);
            } else {
                a[kept] = first;
                b[kept] = second;
                sizes[kept++] = sizes[i];
            }
        }
        return kept;
    }

    // Each loop is a method of its own, with arrays that are parameters: only so they are vectorised.

    private static void widen(float[] from, double[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = from[i];
        }
    }

    private static void subtract(double[] a, double[] b, double[] sizes, int count) {
        for (int i = 0; i < count; i++) {
            sizes[i] = Math.abs(b[i] - a[i]);
        }
    }

    private static double sum(double[] values, double[] lanes, int count) {
        Arrays.fill(lanes, 0);
        for (int at = 0; at < count; at += LANES) {
            Lanes.sum(values, at, lanes, Math.min(LANES, count - at));
        }
        return Lanes.folded(lanes);
    }

    private static double products(double[] values, double[] others, double[] lanes, int count) {
        Arrays.fill(lanes, 0);
        for (int at = 0; at < count; at += LANES) {
            addProductsTo(values, others, at, lanes, Math.min(LANES, count - at));
        }
        return Lanes.folded(lanes);
    }

    private static void addProductsTo(double[] values, double[] others, int at, double[] lanes, int count) {
        for (int i = 0; i < count; i++) {
            lanes[i] += values[at + i] * others[at + i];
        }
    }

    private static double largest(double[] values, double[] lanes, int count) {
        Arrays.fill(lanes, 0);
        for (int at = 0; at < count; at += LANES) {
            raiseTo(values, at, lanes, Math.min(LANES, count - at));
        }
        return highest(lanes);
    }

    private static void raiseTo(double[] values, int at, double[] lanes, int count) {
        for (int i = 0; i < count; i++) {
            lanes[i] = Math.max(lanes[i], values[at + i]);
        }
    }

    private static double excess(double[] sizes, double[] a, double[] lanes, int count, double rtol) {
        Arrays.fill(lanes, 0);
        for (int at = 0; at < count; at += LANES) {
            raiseTo(sizes, a, at, lanes, Math.min(LANES, count - at), rtol);
        }
        return highest(lanes);
    }

    private static void raiseTo(double[] sizes, double[] a, int at, double[] lanes, int count, double rtol) {
        for (int i = 0; i < count; i++) {
            lanes[i] = Math.max(lanes[i], sizes[at + i] - rtol * Math.abs(a[at + i]));
        }
    }

    private static double highest(double[] lanes) {
        double highest = 0;
        for (double lane : lanes) {
            highest = Math.max(highest, lane);
        }
        return highest;
    }
}
