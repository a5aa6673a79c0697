package dev.stsw.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A channel whose bytes are made from another's, a bufferful at a time. */
abstract class RefilledChannel extends ForwardingSource.Channel {
    private final ByteBuffer output;

    /**
     * @param source closed with this
     * @param outputBytes room for what one refill makes
     */
    RefilledChannel(ReadableByteChannel source, int outputBytes) {
        super(source);
        this.output = ByteBuffer.allocateDirect(outputBytes).limit(0);
    }

    /** Puts the next bytes into an empty buffer; none at the end. */
    abstract void refill(ByteBuffer output) throws IOException;

    @Override
    public final int read(ByteBuffer target) throws IOException {
        return drain(output, this::refilled, target);
    }

    /** Makes the next bytes in a buffer; false at the end. */
    @FunctionalInterface
    interface Refill {
        boolean next() throws IOException;
    }

    /** Reads from a buffer that is filled again as often as it is empty: as many bytes as there is room for, -1 at the end. */
    static int drain(ByteBuffer made, Refill refill, ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.hasRemaining() && (made.hasRemaining() || refill.next())) {
            int size = Math.min(target.remaining(), made.remaining());
            target.put(target.position(), made, made.position(), size);
            target.position(target.position() + size);
            made.position(made.position() + size);
        }
        int count = target.position() - start;
        return count == 0 && target.hasRemaining() ? -1 : count;
    }

    private boolean refilled() throws IOException {
        output.clear();
        try {
            refill(output);
        } catch (IOException | RuntimeException e) {
            output.limit(0); // What is half made must not be read after this.
            throw e;
        }
        output.flip();
        return output.hasRemaining();
    }

    /** Fills a buffer from the source, up to its end. */
    final void fill(ByteBuffer input) throws IOException {
        while (input.hasRemaining() && super.read(input) >= 0) {}
    }
}
