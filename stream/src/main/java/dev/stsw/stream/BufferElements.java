package dev.stsw.stream;

import java.nio.ByteBuffer;

/** Elements in a little-endian buffer. */
final class BufferElements extends Elements {
    private final ByteBuffer bytes;

    /** @param bytes little-endian, from position 0 on */
    BufferElements(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    @Override
    protected void copy(long from, byte[] out, int at, int count) {
        bytes.get(Math.toIntExact(from), out, at, count);
    }

    @Override
    protected void copy(long from, short[] out, int at, int count) {
        bytes.asShortBuffer().get(Math.toIntExact(from), out, at, count);
    }

    @Override
    protected void copy(long from, int[] out, int at, int count) {
        bytes.asIntBuffer().get(Math.toIntExact(from), out, at, count);
    }

    @Override
    protected void copy(long from, long[] out, int at, int count) {
        bytes.asLongBuffer().get(Math.toIntExact(from), out, at, count);
    }

    @Override
    protected void copy(long from, float[] out, int at, int count) {
        bytes.asFloatBuffer().get(Math.toIntExact(from), out, at, count);
    }

    @Override
    protected void copy(long from, double[] out, int at, int count) {
        bytes.asDoubleBuffer().get(Math.toIntExact(from), out, at, count);
    }
}
