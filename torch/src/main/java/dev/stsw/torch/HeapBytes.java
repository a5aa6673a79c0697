package dev.stsw.torch;

import java.nio.ByteBuffer;

/** A few bytes in memory as a file: short byte strings that a pickle holds as text. */
final class HeapBytes extends ReadOnlyChannel {
    private final byte[] bytes;

    private HeapBytes(byte[] bytes) {
        super(bytes.length);
        this.bytes = bytes;
    }

    static Blob blob(String name, byte[] bytes) {
        return Blob.of(name, new FileRange(new HeapBytes(bytes), 0, bytes.length));
    }

    @Override
    void fill(ByteBuffer target, long at) {
        target.put(bytes, Math.toIntExact(at), target.remaining());
    }
}
