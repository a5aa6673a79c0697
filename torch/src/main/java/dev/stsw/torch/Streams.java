package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Gives out the bytes of tensors by the shortest way: from the file as they lie, inflated on the go, or gathered. */
final class Streams implements AutoCloseable {
    private final Spool spool = new Spool();

    /** The tensor's bytes, contiguous and little-endian. */
    ByteStream open(View view) throws IOException {
        Blob storage = view.storage();
        long size = view.byteSize();
        if (size == 0) {
            return storage.stored().slice(0, 0).stream();
        }
        boolean whole = view.start() == 0 && size == storage.size();
        if (storage.deflated() && view.isPlain() && whole) {
            return storage.stream();
        }
        FileRange bytes = storage.deflated() ? spool.inflated(storage) : storage.stored();
        return view.isPlain() ? bytes.slice(view.start(), size).stream() : new Gather(view, bytes);
    }

    /** Reads a short text in full. */
    static byte[] all(Blob blob) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(blob.size()));
        try (ByteStream stream = blob.stream()) {
            while (stream.read(bytes) >= 0 && bytes.hasRemaining()) {
                // Until it is full.
            }
        }
        return bytes.array();
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
