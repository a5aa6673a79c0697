package dev.stsw;

import dev.stsw.publish.MappedFaults;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;

/// The bytes of a tensor in C order, one gap-free run after the other.
final class TensorChannel implements ReadableByteChannel {
    private final Tensor tensor;
    private final MemorySegment memory;
    private final Runs runs;
    private final int width;
    private long at;
    private long left;
    private boolean more;
    private boolean open = true;

    /// @param tensor whose elements begin on bytes
    TensorChannel(Tensor tensor) {
        this.tensor = tensor;
        this.memory = tensor.memory();
        this.runs = tensor.runs();
        this.width = tensor.dtype().bits();
        this.more = tensor.shape().elementCount() != 0;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        int start = target.position();
        while (target.hasRemaining() && advance()) {
            int size = (int) Math.min(left, target.remaining());
            copy(target, size);
            at += size;
            left -= size;
        }
        int count = target.position() - start;
        return count == 0 && !more ? -1 : count;
    }

    private boolean advance() {
        if (left == 0 && more) {
            more = runs.next();
            if (more) {
                at = runs.from() * width / 8;
                left = runs.length() * width / 8;
            }
        }
        return more;
    }

    private void copy(ByteBuffer target, int size) throws IOException {
        try {
            MemorySegment.ofBuffer(target).copyFrom(memory.asSlice(at, size));
            if (memory.isMapped()) {
                MappedFaults.deliver();
            }
            target.position(target.position() + size);
        } catch (InternalError e) {
            throw tensor.fileCut(e);
        }
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
