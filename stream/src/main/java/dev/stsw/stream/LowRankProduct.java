package dev.stsw.stream;

import java.util.Arrays;

/**
 * A product of two thin matrices, {@code left} of {@code [rows, rank]} and {@code right} of {@code [rank, columns]}, a few
 * rows at a time. Sums are F32.
 *
 * <p>Tiles of columns stay in the cache for all of these rows. One row and four of the rank at once, each in an array of its
 * own: virtual machines that stop at their first compiler, as the command line's does, make the best of that (measured
 * against 2 x 4, 4 x 4 and 1 x 8), and the others vectorise it.
 */
final class LowRankProduct {
    /** Columns of a tile; with four rows of the right matrix, 16 KiB. */
    private static final int TILE = 1024;

    private static final int AT_ONCE = 4;

    /** That can be asked for at once. More do not make it faster. */
    static final int MOST_ROWS = 16;

    private final float[][] left;
    private final float[][] right;
    private final float[][] tile = new float[AT_ONCE][TILE];
    private final float[][] sums = new float[MOST_ROWS][TILE];

    LowRankProduct(float[][] left, float[][] right) {
        this.left = left;
        this.right = right;
    }

    /**
     * Adds the product, times a scale, to values.
     *
     * @param row the first of the rows
     * @param rows how many, at most {@link #MOST_ROWS}
     * @param from the first column
     * @param count columns of each row
     * @param values one row after the other
     */
    void addTo(float[] values, int row, int rows, int from, int count, float scale) {
        for (int start = 0; start < count; start += TILE) {
            int width = Math.min(TILE, count - start);
            multiply(row, rows, from + start, width);
            for (int i = 0; i < rows; i++) {
                add(sums[i], scale, values, i * count + start, width);
            }
        }
    }

    private void multiply(int row, int rows, int column, int width) {
        for (int i = 0; i < rows; i++) {
            Arrays.fill(sums[i], 0, width, 0);
        }
        for (int k = 0; k < right.length; k += AT_ONCE) {
            int depth = Math.min(AT_ONCE, right.length - k);
            for (int i = 0; i < AT_ONCE; i++) {
                if (i < depth) {
                    System.arraycopy(right[k + i], column, tile[i], 0, width);
                } else {
                    Arrays.fill(tile[i], 0, width, 0);
                }
            }
            for (int i = 0; i < rows; i++) {
                float[] factors = left[row + i];
                multiply(
                        factors[k],
                        depth > 1 ? factors[k + 1] : 0,
                        depth > 2 ? factors[k + 2] : 0,
                        depth > 3 ? factors[k + 3] : 0,
                        sums[i],
                        width);
            }
        }
    }

    private void multiply(float f0, float f1, float f2, float f3, float[] into, int width) {
        float[] t0 = tile[0];
        float[] t1 = tile[1];
        float[] t2 = tile[2];
        float[] t3 = tile[3];
        for (int j = 0; j < width; j++) {
            into[j] += f0 * t0[j] + f1 * t1[j] + f2 * t2[j] + f3 * t3[j];
        }
    }

    private static void add(float[] sums, float scale, float[] values, int at, int width) {
        for (int j = 0; j < width; j++) {
            values[at + j] += scale * sums[j];
        }
    }
}
