package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;

/** A known number of bytes, one after the other. Closing it leaves the file open. */
abstract class ByteStream implements ReadableByteChannel {
    private static final int PASS_BYTES = 1 << 16;

    private final long size;
    private long position;
    private boolean open = true;

    ByteStream(long size) {
        this.size = size;
    }

    /** Number of bytes from start to end. */
    final long size() {
        return size;
    }

    /** Number of bytes until the end. */
    final long remaining() {
        return size - position;
    }

    /** Puts at least one byte into {@code target}, which has room, and which no more fit in than remain. */
    abstract void fill(ByteBuffer target) throws IOException;

    /** Goes forward by {@code count} bytes, which are at most those that remain: by reading, unless there is a shorter way. */
    void pass(long count) throws IOException {
        ByteBuffer scratch = ByteBuffer.allocate((int) Math.min(PASS_BYTES, Math.max(1, count)));
        for (long left = count; left > 0; left -= scratch.position()) {
            scratch.clear().limit((int) Math.min(scratch.capacity(), left));
            fill(scratch);
        }
    }

    /** Moves as much of {@code block} as fits. */
    static void move(ByteBuffer block, ByteBuffer target) {
        int count = Math.min(block.remaining(), target.remaining());
        target.put(block.slice(block.position(), count));
        block.position(block.position() + count);
    }

    @Override
    public final int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        if (remaining() == 0) {
            return -1;
        }
        int before = target.position();
        int limit = target.limit();
        if (before == limit) {
            return 0;
        }
        // The caller's own buffer goes all the way down to the file: no copy on the way.
        target.limit(before + (int) Math.min(limit - before, remaining()));
        try {
            fill(target);
        } finally {
            target.limit(limit);
        }
        int count = target.position() - before;
        position += count;
        return count;
    }

    final void skip(long count) throws IOException {
        if (count < 0 || count > remaining()) {
            throw new IllegalArgumentException("skip " + count + " of " + remaining());
        }
        pass(count);
        position += count;
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
