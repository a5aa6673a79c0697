package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;

/** Reads a weight with an adapter's product added to it: a few rows at a time, in F32, rounded once to the weight's dtype. */
final class LoraChannel extends RefilledChannel {
    /** Values at once: 512 KiB of floats. */
    private static final int VALUES = 1 << 17;

    private static final int ROWS = LowRankProduct.MOST_ROWS;

    private final TensorSpec weight;
    private final LowRankProduct product;
    private final float scale;
    private final Consumer<? super CastCounts> listener;
    private final long rows;
    private final int columns;
    /** Of a row that are dealt with at once. */
    private final int width;

    private final float[] values;
    private final ByteBuffer input;
    private final Elements elements;
    private final Losses losses = new Losses();
    private long row;
    private int column;

    LoraChannel(
            ReadableByteChannel source,
            TensorSpec weight,
            LoraProduct factors,
            float scale,
            Consumer<? super CastCounts> listener) {
        super(source, room(factors.columns()) * weight.dtype().bits() / 8);
        this.weight = weight;
        this.product = factors.multiplier();
        this.scale = scale;
        this.listener = listener;
        this.rows = factors.rows();
        this.columns = factors.columns();
        this.width = Math.min(columns, VALUES);
        this.values = new float[room(columns)];
        this.input = ByteBuffer.allocateDirect(values.length * weight.dtype().bits() / 8);
        this.elements = Elements.of(input);
    }

    private static int room(int columns) {
        return (int) Math.min(VALUES, Math.max(1L, columns) * ROWS);
    }

    @Override
    void refill(ByteBuffer output) throws IOException {
        if (row == rows || columns == 0) {
            return;
        }
        int count = Math.min(width, columns - column);
        boolean whole = count == columns;
        int height = whole ? (int) Math.min(rows - row, values.length / columns) : 1;
        DType dtype = weight.dtype();
        input.clear().limit(height * count * dtype.bits() / 8);
        fill(input);
        if (input.hasRemaining()) {
            throw new EOFException("the source ends inside tensor " + TensorSpec.quote(weight.name()));
        }
        elements.toFloats(dtype, 0, values, 0, height * count);
        product.addTo(values, Math.toIntExact(row), height, column, count, scale);
        Narrowing.write(dtype, values, 0, height * count, output, losses);
        column = whole ? 0 : (column + count) % columns;
        row += column == 0 ? height : 0;
        if (row == rows) {
            listener.accept(new CastCounts(weight, dtype, losses));
        }
    }
}
