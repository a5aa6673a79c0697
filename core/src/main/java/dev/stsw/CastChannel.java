package dev.stsw;

import dev.stsw.format.DType;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/// Reads elements of one floating-point dtype as another, a few thousand at a time.
///
/// By way of F32, as torch does: F64 is rounded twice on its way to a type of 16 bits.
final class CastChannel implements ReadableByteChannel {
    private static final int ELEMENTS = 8192;

    private final ReadableByteChannel source;
    private final DType from;
    private final DType to;
    private final ByteBuffer input;
    private final ByteBuffer output;
    private final float[] values = new float[ELEMENTS];

    CastChannel(ReadableByteChannel source, DType from, DType to) {
        this.source = source;
        this.from = from;
        this.to = to;
        this.input = ByteBuffer.allocateDirect(ELEMENTS * from.bits() / 8);
        this.output = ByteBuffer.allocateDirect(ELEMENTS * to.bits() / 8).limit(0);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.hasRemaining() && (output.hasRemaining() || refill())) {
            int size = Math.min(target.remaining(), output.remaining());
            target.put(target.position(), output, output.position(), size);
            target.position(target.position() + size);
            output.position(output.position() + size);
        }
        int count = target.position() - start;
        return count == 0 && target.hasRemaining() ? -1 : count;
    }

    private boolean refill() throws IOException {
        while (input.hasRemaining()) {
            if (source.read(input) < 0) {
                break;
            }
        }
        int width = from.bits() / 8;
        int count = input.position() / width;
        if (input.position() % width != 0) {
            throw new EOFException("the source ends inside an element of " + from);
        }
        MemorySegment elements = MemorySegment.ofBuffer(input.flip());
        Elements.toFloats(from, elements, 0, values, 0, count);
        Narrowing.write(to, values, 0, count, MemorySegment.ofBuffer(output.clear()));
        output.limit(count * to.bits() / 8);
        input.clear();
        return count > 0;
    }

    @Override
    public boolean isOpen() {
        return source.isOpen();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
