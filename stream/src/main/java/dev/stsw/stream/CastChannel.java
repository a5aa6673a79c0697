package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;

/**
 * Reads elements of one floating-point dtype as another, a few thousand at a time, and counts what is lost.
 *
 * <p>By way of F32, as torch does: F64 is rounded twice on its way to a type of 16 bits.
 */
final class CastChannel extends RefilledChannel {
    private static final int ELEMENTS = 8192;
    private static final int FLOAT_INFINITY = 0x7f800000;

    private final TensorSpec tensor;
    private final DType from;
    private final DType to;
    private final Consumer<? super CastCounts> listener;
    private final ByteBuffer input;
    private final Elements elements;
    private final float[] values = new float[ELEMENTS];
    private final double[] doubles;
    private final Losses losses = new Losses();
    /** Elements that did not come yet. */
    private long left;

    /**
     * @param tensor as the source has it
     * @param listener is told when the last element was converted
     */
    CastChannel(ReadableByteChannel source, TensorSpec tensor, DType to, Consumer<? super CastCounts> listener) {
        super(source, ELEMENTS * to.bits() / 8);
        this.tensor = tensor;
        this.from = tensor.dtype();
        this.to = to;
        this.listener = listener;
        this.input = ByteBuffer.allocateDirect(ELEMENTS * from.bits() / 8);
        this.elements = Elements.of(input);
        this.doubles = new double[from == DType.F64 ? ELEMENTS : 0];
        this.left = tensor.shape().elementCount();
    }

    @Override
    void refill(ByteBuffer output) throws IOException {
        fill(input);
        int bits = 8 * input.position();
        int count = bits / from.bits();
        if (bits % from.bits() != 0) {
            throw new EOFException("the source ends inside an element of " + from);
        }
        if (from == DType.F64) {
            roundToFloats(count);
        } else {
            elements.toFloats(from, 0, values, 0, count);
        }
        Narrowing.write(to, values, 0, count, output, losses);
        input.clear();
        tell(count);
    }

    /** What overflows or underflows here is infinite or zero already when it is narrowed, and would not count there. */
    private void roundToFloats(int count) {
        elements.toDoubles(from, 0, doubles, 0, count);
        for (int i = 0; i < count; i++) {
            float value = (float) doubles[i];
            values[i] = value;
            int magnitude = Float.floatToRawIntBits(value) & 0x7fffffff;
            if (magnitude == 0 && doubles[i] != 0 && to != DType.F8_E8M0) {
                losses.count(Losses.ZERO);
            } else if (magnitude == FLOAT_INFINITY && Double.isFinite(doubles[i]) && Narrowing.hasInfinity(to)) {
                losses.count(Losses.INFINITE);
            }
        }
    }

    private void tell(int count) {
        boolean ends = left > 0 && count >= left;
        left -= Math.min(left, count);
        if (ends) {
            listener.accept(new CastCounts(tensor, to, losses));
        }
    }
}
