package dev.stsw;

import dev.stsw.publish.MappedFaults;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/// The bytes of a tensor in C order, one gap-free run after the other, or, where its elements lie apart, one chunk
/// after the other.
final class TensorChannel implements ReadableByteChannel {
    private final Tensor tensor;
    private final int bits;
    private final Runs runs;
    /// The tensor's memory, or a chunk of elements that lay apart; from here on bytes are taken.
    private final MemorySegment memory;
    private final @Nullable Gather gather;
    private long at;
    private long left;
    private boolean more;
    private boolean open = true;

    TensorChannel(Tensor tensor) {
        this.tensor = tensor;
        this.bits = tensor.dtype().bits();
        this.more = tensor.shape().elementCount() != 0;
        this.runs = tensor.runs();
        // Runs of F4 and F6 may begin inside a byte.
        boolean dense = bits >= 8 && runs.dense();
        this.gather = dense ? null : new Gather(tensor.memory(), bits, runs);
        this.memory = dense ? tensor.memory() : MemorySegment.ofArray(new byte[Gather.CHUNK * bits / 8]);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        int start = target.position();
        try {
            while (target.hasRemaining() && advance()) {
                int size = (int) Math.min(left, target.remaining());
                MemorySegment.ofBuffer(target).copyFrom(memory.asSlice(at, size));
                target.position(target.position() + size);
                at += size;
                left -= size;
            }
            if (tensor.memory().isMapped()) {
                MappedFaults.deliver();
            }
        } catch (InternalError e) {
            throw tensor.fileCut(e);
        }
        int count = target.position() - start;
        return count == 0 && !more ? -1 : count;
    }

    private boolean advance() {
        if (left > 0 || !more) {
            return more;
        }
        if (gather != null) {
            at = 0;
            left = gather.read(memory, Gather.CHUNK) * bits / 8;
            more = left > 0;
        } else {
            more = runs.next();
            if (more) {
                at = runs.from() * bits / 8;
                left = runs.length() * bits / 8;
            }
        }
        return more;
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
