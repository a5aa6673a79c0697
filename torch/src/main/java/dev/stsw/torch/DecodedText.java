package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes that a text in a pickle stands for. */
final class DecodedText extends ByteStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Blob blob;
    private final ByteStream source;
    private final TextBytes text;
    private final ByteBuffer buffer;

    DecodedText(Blob blob) {
        super(blob.size());
        this.blob = blob;
        this.source = blob.stored().stream();
        this.text = new TextBytes(blob.coding());
        this.buffer = ByteBuffer.allocate(
                        (int) Math.min(BUFFER_BYTES, blob.stored().length()))
                .limit(0);
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.hasRemaining() && (buffer.hasRemaining() || target.position() == start)) {
            if (!buffer.hasRemaining()) {
                refill();
            }
            int value = text.next(buffer.get() & 0xff);
            if (value == TextBytes.WRONG) {
                throw changed();
            }
            if (value != TextBytes.NONE) {
                target.put((byte) value);
            }
        }
    }

    private void refill() throws IOException {
        if (source.read(buffer.clear()) < 0) {
            throw changed();
        }
        buffer.flip();
    }

    /** It was decoded once already, to count its bytes. */
    private CheckpointException changed() {
        return new CheckpointException(
                Kind.CORRUPT, Quote.text(blob.name()) + " no longer holds what it held: the file has changed");
    }

    @Override
    void pass(long count) throws IOException {
        passByReading(count);
    }

    @Override
    public void close() {
        super.close();
        source.close();
    }
}
