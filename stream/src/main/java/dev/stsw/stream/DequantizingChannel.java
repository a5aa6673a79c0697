package dev.stsw.stream;

import dev.stsw.format.DType;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;

/** Reads codes as the values that they and their scales stand for, a few thousand at a time, and counts what is lost. */
final class DequantizingChannel extends RefilledChannel {
    /** Even, so that no byte of two codes is cut. */
    private static final int ELEMENTS = 8192;

    private final QuantizedWeight weight;
    private final DType target;
    private final DType codes;
    private final Scales scales;
    private final Consumer<? super CastCounts> listener;
    private final ByteBuffer input;
    private final Elements elements;
    private final float[] values = new float[ELEMENTS];
    private final Losses losses = new Losses();
    /** Values that did not come yet. */
    private long left;

    /** @param scales closed with this */
    DequantizingChannel(
            ReadableByteChannel source,
            QuantizedWeight weight,
            Scales scales,
            DType target,
            Consumer<? super CastCounts> listener) {
        super(source, ELEMENTS * target.bits() / 8);
        this.weight = weight;
        this.target = target;
        this.codes = weight.codeType();
        this.scales = scales;
        this.listener = listener;
        this.input = ByteBuffer.allocateDirect(ELEMENTS * codes.bits() / 8);
        this.elements = Elements.of(input);
        this.left = weight.stored().elementCount();
    }

    @Override
    void refill(ByteBuffer output) throws IOException {
        int count = (int) Math.min(ELEMENTS, left);
        input.clear().limit(count * codes.bits() / 8);
        fill(input);
        if (input.hasRemaining()) {
            throw new EOFException("the source ends inside tensor " + weight.codes());
        }
        if (count == 0) {
            return;
        }
        elements.toFloats(codes, 0, values, 0, count);
        scales.multiply(values, count, losses);
        Narrowing.write(target, values, 0, count, output, losses);
        left -= count;
        if (left == 0) {
            listener.accept(new CastCounts(weight.counted(), target, losses));
        }
    }

    @Override
    public void close() throws IOException {
        try {
            scales.close();
        } finally {
            super.close();
        }
    }
}
