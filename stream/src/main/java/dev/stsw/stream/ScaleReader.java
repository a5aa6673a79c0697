package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;

/**
 * A weight's scales as they follow each other, as floats, with the second scale in them where there is one: multiplied or
 * divided in F32.
 */
final class ScaleReader implements Closeable {
    private static final int BUFFER_BYTES = 1 << 15;
    private static final long MOST_HELD_BYTES = 1 << 24;
    /** More than any model has experts. */
    private static final long MAX_SECONDS = 1 << 16;

    private final TensorSpec tensor;
    private final DType type;
    private final ReadableByteChannel bytes;
    private final ByteBuffer buffer;
    private final Elements elements;
    private final float[] seconds;
    private final boolean divides;
    /** Scales that share one of the second. */
    private final long share;

    private long position;

    private ScaleReader(QuantizedWeight weight, float[] seconds, ReadableByteChannel bytes) {
        this.tensor = weight.scale();
        this.type = weight.scaleType();
        this.bytes = bytes;
        this.buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        this.elements = Elements.of(buffer);
        this.seconds = seconds;
        this.divides = weight.dividesBySecond();
        this.share = Math.max(1, tensor.shape().elementCount() / Math.max(1, seconds.length));
    }

    static ScaleReader open(QuantizedWeight weight, TensorSource source) throws IOException {
        float[] seconds = new float[0];
        if (weight.second().isPresent()) {
            seconds = floats(weight.second().get(), source);
        }
        ReadableByteChannel bytes = source.open(weight.scale().name());
        return new ScaleReader(weight, seconds, source.concurrent() ? bytes : held(bytes, weight.scale()));
    }

    /** For a source of which one channel can be open: the codes' is, when the scales are needed. */
    private static ReadableByteChannel held(ReadableByteChannel bytes, TensorSpec tensor) throws IOException {
        try (bytes) {
            if (tensor.byteSize() > MOST_HELD_BYTES) {
                throw new IOException("the scales " + TensorSpec.quote(tensor.name()) + " have " + tensor.byteSize()
                        + " bytes, more than the " + MOST_HELD_BYTES
                        + " that are held in memory where the input is not a file");
            }
            ByteBuffer all = ByteBuffer.allocate((int) tensor.byteSize());
            fill(bytes, all, tensor);
            return Channels.newChannel(new ByteArrayInputStream(all.array()));
        }
    }

    /** Whether a second scale belongs to a weight's scales: one for all, or one for each of the first dimension. */
    static boolean isSecond(TensorSpec second, TensorSpec scale) {
        long count = second.shape().elementCount();
        return count == 1
                || (scale.shape().rank() > 1
                        && count == scale.shape().dimension(0)
                        && count <= MAX_SECONDS
                        && count > 0);
    }

    private static float[] floats(TensorSpec tensor, TensorSource source) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(tensor.byteSize()));
        try (ReadableByteChannel bytes = source.open(tensor.name())) {
            fill(bytes, all, tensor);
        }
        float[] values = new float[Math.toIntExact(tensor.shape().elementCount())];
        Elements.of(all).toFloats(tensor.dtype(), 0, values, 0, values.length);
        return values;
    }

    private static void fill(ReadableByteChannel bytes, ByteBuffer to, TensorSpec tensor) throws IOException {
        while (to.hasRemaining()) {
            if (bytes.read(to) < 0) {
                throw new EOFException("the source ends inside tensor " + TensorSpec.quote(tensor.name()));
            }
        }
    }

    /** The next scales. */
    void read(float[] out, int count) throws IOException {
        int most = BUFFER_BYTES * 8 / type.bits();
        for (int done = 0; done < count; ) {
            int n = Math.min(most, count - done);
            buffer.clear().limit(n * type.bits() / 8);
            fill(bytes, buffer, tensor);
            elements.toFloats(type, 0, out, done, n);
            done += n;
        }
        if (seconds.length > 0) {
            scale(out, count);
        }
        position += count;
    }

    private void scale(float[] out, int count) {
        for (int i = 0; i < count; i++) {
            float second = seconds[(int) ((position + i) / share)];
            out[i] = divides ? out[i] / second : out[i] * second;
        }
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
