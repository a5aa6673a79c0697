package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads blocks of MXFP4 as values whose last two dimensions are swapped. Holds the codes and scales of one matrix, and makes
 * a few of its columns at a time.
 */
final class SwappedChannel extends RefilledChannel {
    /** Of gpt-oss' largest, a matrix has 8 MB of codes. */
    private static final long MOST_BYTES = 1 << 25;
    /** Values at once, where a matrix is not higher. */
    private static final int BATCH = 1 << 18;

    private static final int RUN_BYTES = 16;
    /** Rows; a cache line of floats. */
    private static final int TILE = 16;

    private final QuantizedWeight weight;
    private final ScaleReader reader;
    private final DType target;
    private final Consumer<? super CastCounts> listener;
    private final int rows;
    /** Bytes of codes in a row. */
    private final int width;

    private final AtomicReference<@Nullable Matrix> spare;
    private final Matrix matrix;
    private final byte[] codes;
    private final float[] scales;
    /** Bytes of codes in a matrix. */
    private final int size;

    private final ByteBuffer input = ByteBuffer.allocate(1 << 16);
    /** Bytes of each row that are dealt with at once. */
    private final int batch;

    private final float[] values;
    private final float[] tile;
    private final float[] table = SmallFloats.table(DType.F4);
    private final Losses losses = new Losses();
    private long matricesLeft;
    /** The byte of each row that comes next. */
    private int column;

    private boolean closed;

    /** Memory for a matrix: megabytes, so the next tensor takes that of the one before. */
    static final class Matrix {
        private final byte[] codes;
        private final float[] scales;

        private Matrix(int size) {
            this.codes = new byte[size];
            this.scales = new float[size / RUN_BYTES];
        }

        private static Matrix of(int size, @Nullable Matrix spare) {
            return spare != null && spare.codes.length >= size ? spare : new Matrix(size);
        }
    }

    /**
     * @param reader closed with this
     * @param spare memory that nobody uses now, if any; where this puts its own when it is closed
     */
    SwappedChannel(
            ReadableByteChannel source,
            QuantizedWeight weight,
            ScaleReader reader,
            DType target,
            Consumer<? super CastCounts> listener,
            AtomicReference<@Nullable Matrix> spare) {
        super(source, 2 * batch(weight.stored()) * rows(weight.stored()) * target.bits() / 8);
        this.weight = weight;
        this.reader = reader;
        this.target = target;
        this.listener = listener;
        Shape shape = weight.stored();
        this.rows = rows(shape);
        this.width = width(shape);
        this.batch = batch(shape);
        this.size = rows * width;
        this.spare = spare;
        this.matrix = Matrix.of(size, spare.getAndSet(null));
        this.codes = matrix.codes;
        this.scales = matrix.scales;
        this.values = new float[2 * batch * rows];
        this.tile = new float[2 * batch * TILE];
        this.matricesLeft = shape.elementCount() == 0 ? 0 : shape.elementCount() / 2 / size;
        this.column = width;
    }

    private static int rows(Shape shape) {
        return Math.toIntExact(shape.dimension(shape.rank() - 2));
    }

    private static int width(Shape shape) {
        return Math.toIntExact(shape.dimension(shape.rank() - 1) / 2);
    }

    private static int batch(Shape shape) {
        return Math.max(1, Math.min(Math.min(RUN_BYTES, width(shape)), BATCH / 2 / Math.max(1, rows(shape))));
    }

    /** @throws IllegalArgumentException if a matrix is too large */
    static void requirePossible(Shape shape) {
        long bytes = Math.multiplyExact(shape.dimension(shape.rank() - 2), shape.dimension(shape.rank() - 1) / 2);
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException("its last two dimensions cannot be swapped: a matrix of " + bytes
                    + " bytes is more than the " + MOST_BYTES + " that are held in memory");
        }
    }

    @Override
    void refill(ByteBuffer output) throws IOException {
        if (column == width) {
            if (matricesLeft == 0) {
                return;
            }
            readMatrix();
        }
        int count = Math.min(batch, width - column);
        widen(count);
        Narrowing.write(target, values, 0, 2 * count * rows, output, losses);
        column += count;
        if (column == width && matricesLeft == 0) {
            listener.accept(new CastCounts(weight.counted(), target, losses));
        }
    }

    private void readMatrix() throws IOException {
        for (int done = 0; done < size; ) {
            input.clear().limit(Math.min(input.capacity(), size - done));
            fill(input);
            if (input.hasRemaining()) {
                throw new EOFException("the source ends inside tensor " + weight.codes());
            }
            input.flip();
            int count = input.remaining();
            input.get(codes, done, count);
            done += count;
        }
        reader.read(scales, size / RUN_BYTES);
        matricesLeft--;
        column = 0;
    }

    /** A few rows at a time, so that what is written far apart is written in whole cache lines. */
    private void widen(int count) {
        for (int row = 0; row < rows; row += TILE) {
            int height = Math.min(TILE, rows - row);
            for (int i = 0; i < height; i++) {
                widen((row + i) * width + column, count, 2 * i * count);
            }
            for (int i = 0; i < 2 * count; i++) {
                int to = i * rows + row;
                for (int j = 0; j < height; j++) {
                    values[to + j] = tile[2 * j * count + i];
                }
            }
        }
    }

    /** Bytes of one row that follow each other, into the tile. */
    private void widen(int at, int count, int to) {
        for (int i = 0; i < count; i++) {
            int pair = codes[at + i];
            tile[to + 2 * i] = table[pair & 0xf];
            tile[to + 2 * i + 1] = table[pair >> 4 & 0xf];
        }
        for (int i = 0; i < count; ) {
            int n = Math.min(count - i, RUN_BYTES - (at + i) % RUN_BYTES);
            Scales.multiply(tile, to + 2 * i, 2 * n, scales[(at + i) / RUN_BYTES], losses);
            i += n;
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            column = width;
            matricesLeft = 0;
            spare.set(matrix); // Once: the second time, it may be another's.
        }
        try {
            reader.close();
        } finally {
            super.close();
        }
    }
}
