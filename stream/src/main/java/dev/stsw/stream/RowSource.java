package dev.stsw.stream;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** One tensor whose rows somebody computes, one after the other. */
final class RowSource implements TensorSource {
    private final TensorSpec tensor;
    private final TensorSources.RowFiller filler;
    private final long rows;
    private final int rowLength;

    RowSource(TensorSpec tensor, TensorSources.RowFiller filler) {
        if (!Narrowing.supports(tensor.dtype())) {
            throw new IllegalArgumentException("floats cannot be rounded to " + tensor.dtype());
        }
        if (tensor.shape().rank() == 0) {
            throw new IllegalArgumentException(
                    "tensor " + TensorSpec.quote(tensor.name()) + " is a scalar: it has no rows");
        }
        this.tensor = tensor;
        this.filler = filler;
        this.rows = tensor.shape().elementCount() == 0 ? 0 : tensor.shape().dimension(0);
        long length = rows == 0 ? 0 : tensor.shape().elementCount() / rows;
        if (length > Integer.MAX_VALUE / Double.BYTES) {
            throw new IllegalArgumentException("tensor " + TensorSpec.quote(tensor.name()) + ": a row of " + length
                    + " elements is too long for an array");
        }
        this.rowLength = (int) length;
    }

    @Override
    public List<TensorSpec> tensors() {
        return List.of(tensor);
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) {
        if (!name.equals(tensor.name())) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        return new RowChannel();
    }

    @Override
    public void close() {
        // Nothing is open.
    }

    private final class RowChannel implements ReadableByteChannel {
        private final float[] values = new float[rowLength];
        private final ByteBuffer bytes =
                ByteBuffer.allocate((int) tensor.dtype().byteSize(rowLength)).limit(0);
        private long next;
        private boolean open = true;

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (!open) {
                throw new ClosedChannelException();
            }
            return RefilledChannel.drain(bytes, this::refill, target);
        }

        private boolean refill() throws IOException {
            if (next == rows) {
                return false;
            }
            filler.fill(next++, values);
            Narrowing.write(tensor.dtype(), values, 0, values.length, bytes.clear());
            bytes.flip();
            return true;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
