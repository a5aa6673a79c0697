package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian F64 values as F32 values, rounded to nearest, ties to even, as {@code to(torch.complex64)} does. */
final class RoundedStream extends ByteStream {
    private static final int BLOCK_BYTES = 1 << 16;

    private final ByteStream doubles;
    private final ByteBuffer block =
            ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);

    /** Closed with this one. */
    RoundedStream(ByteStream doubles) {
        super(doubles.remaining() / 2); // Not its size: the head of an array was skipped.
        this.doubles = doubles;
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        if (!block.hasRemaining()) {
            refill();
        }
        move(block, target);
    }

    /** In place: a float never overtakes the doubles that are still to be read. */
    private void refill() throws IOException {
        block.clear().limit((int) Math.min(BLOCK_BYTES, doubles.remaining()));
        while (block.hasRemaining()) {
            doubles.read(block);
        }
        int count = block.limit() / Double.BYTES;
        for (int i = 0; i < count; i++) {
            block.putFloat(i * Float.BYTES, (float) block.getDouble(i * Double.BYTES));
        }
        block.position(0).limit(count * Float.BYTES);
    }

    @Override
    public void close() {
        super.close();
        doubles.close();
    }
}
