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
    private final ByteBuffer decoded;

    DecodedText(Blob blob) {
        super(blob.size());
        this.blob = blob;
        this.source = blob.stored().stream();
        this.text = new TextBytes(blob.coding());
        int capacity = (int) Math.min(BUFFER_BYTES, blob.stored().length());
        this.buffer = ByteBuffer.allocate(capacity);
        this.decoded = ByteBuffer.allocate(capacity).limit(0);
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        while (!decoded.hasRemaining()) {
            refill();
        }
        move(decoded, target);
    }

    private void refill() throws IOException {
        if (source.read(buffer.clear()) < 0) {
            throw changed();
        }
        int count = text.decode(buffer.array(), 0, buffer.position(), decoded.array());
        if (count == TextBytes.WRONG) {
            throw changed();
        }
        decoded.position(0).limit(count);
    }

    /** It was decoded once already, to count its bytes. */
    private CheckpointException changed() {
        return new CheckpointException(
                Kind.CORRUPT, Quote.text(blob.name()) + " no longer holds what it held: the file has changed");
    }

    @Override
    public void close() {
        super.close();
        source.close();
    }
}
