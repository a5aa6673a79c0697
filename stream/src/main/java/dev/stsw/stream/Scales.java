package dev.stsw.stream;

import java.io.Closeable;
import java.io.IOException;

/**
 * Multiplies the values of a weight, as they come, by the scales of their blocks. In F32, as torch does it for F32.
 *
 * <p>Scales that are used once are read as they are needed, however many there are; others are all held.
 */
abstract class Scales implements Closeable {
    /** 16 MB of floats: those of the largest weights in blocks are a hundredth of it. */
    static final int MOST_HELD = 1 << 22;

    /** Between these, no product of a code overflows or underflows. */
    private static final float LARGE = 0x1p60f;

    private static final float SMALL = 0x1p-60f;

    /** @param reader read to its end and closed, or closed with this */
    static Scales of(QuantizedWeight weight, ScaleReader reader) throws IOException {
        long run = weight.blocks().run();
        return run > 0 ? new InTurn(reader, weight.blocks().count(), run) : new Held(weight.blocks(), reader);
    }

    /** Whether there is a way to multiply by so many. */
    static boolean isPossible(Blocks blocks) {
        return blocks.run() > 0 || blocks.count() <= MOST_HELD;
    }

    /** Multiplies the next {@code count} values of the weight. */
    abstract void multiply(float[] values, int count, Losses losses) throws IOException;

    static void multiply(float[] values, int at, int count, float scale, Losses losses) {
        float magnitude = Math.abs(scale);
        if (magnitude < SMALL || magnitude > LARGE) {
            carefully(values, at, count, scale, losses);
            return;
        }
        for (int i = at; i < at + count; i++) {
            values[i] *= scale;
        }
    }

    private static void carefully(float[] values, int at, int count, float scale, Losses losses) {
        for (int i = at; i < at + count; i++) {
            values[i] = multiply(values[i], scale, losses);
        }
    }

    private static float multiply(float value, float scale, Losses losses) {
        float product = value * scale;
        if (Float.isInfinite(product) && Float.isFinite(value) && Float.isFinite(scale)) {
            losses.count(Losses.INFINITE);
        } else if (product == 0 && value != 0 && scale != 0) {
            losses.count(Losses.ZERO);
        }
        return product;
    }

    /** Each is for so many values, and then for no more. */
    private static final class InTurn extends Scales {
        private static final int READ_AHEAD = 4096;

        private final ScaleReader reader;
        private final long run;
        private final float[] scales = new float[READ_AHEAD];
        private long unread;
        private int next;
        private int end;
        /** Values for which the scale at hand is still good. */
        private long left;

        InTurn(ScaleReader reader, long count, long run) {
            this.reader = reader;
            this.unread = count;
            this.run = run;
        }

        @Override
        void multiply(float[] values, int count, Losses losses) throws IOException {
            for (int done = 0; done < count; ) {
                if (left == 0) {
                    next();
                }
                int n = (int) Math.min(left, count - done);
                multiply(values, done, n, scales[next], losses);
                left -= n;
                done += n;
            }
        }

        private void next() throws IOException {
            next++;
            if (next >= end) {
                end = (int) Math.min(READ_AHEAD, unread);
                reader.read(scales, end);
                unread -= end;
                next = 0;
            }
            left = run;
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    /** All of them, because a row of blocks is several rows of values. */
    private static final class Held extends Scales {
        private final Blocks blocks;
        private final float[] scales;
        /** Of the row that comes next, in all dimensions but the last. */
        private final long[] row;

        private final long width;
        private final long size;
        private long column;
        private int base;

        Held(Blocks blocks, ScaleReader reader) throws IOException {
            this.blocks = blocks;
            this.scales = new float[Math.toIntExact(blocks.count())];
            try (reader) {
                reader.read(scales, scales.length);
            }
            int last = blocks.rank() - 1;
            this.row = new long[Math.max(0, last)];
            this.width = last < 0 ? 1 : blocks.length(last);
            this.size = last < 0 ? 1 : blocks.size(last);
        }

        @Override
        void multiply(float[] values, int count, Losses losses) {
            for (int done = 0; done < count; ) {
                long end = Math.min(width, (column / size + 1) * size);
                int n = (int) Math.min(end - column, count - done);
                multiply(values, done, n, scales[base + (int) (column / size)], losses);
                column += n;
                done += n;
                if (column == width) {
                    column = 0;
                    nextRow();
                }
            }
        }

        private void nextRow() {
            int carry = row.length - 1;
            while (carry >= 0 && ++row[carry] == blocks.length(carry)) {
                row[carry] = 0;
                carry--;
            }
            long at = 0;
            for (int i = 0; i < row.length; i++) {
                at = at * blocks.count(i) + row[i] / blocks.size(i);
            }
            base = row.length == 0 ? 0 : (int) (at * blocks.count(row.length));
        }

        @Override
        public void close() {}
    }
}
