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
        int start = target.position();
        while (target.hasRemaining() && (output.hasRemaining() || refilled())) {
            int size = Math.min(target.remaining(), output.remaining());
            target.put(target.position(), output, output.position(), size);
            target.position(target.position() + size);
            output.position(output.position() + size);
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
