package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Bytes that are no file of their own, but are read like one: at positions too, by any number of threads. */
abstract class ReadOnlyChannel implements SeekableByteChannel {
    private final long size;
    private long position;
    private volatile boolean open = true;

    ReadOnlyChannel(long size) {
        this.size = size;
    }

    /**
     * Puts bytes into {@code target}, which has room, and which no more fit in than there are from {@code at}; none only
     * where the file has become shorter.
     */
    abstract void fill(ByteBuffer target, long at) throws IOException;

    /** Reads from {@code at}, wherever the position is; -1 at the end. */
    final int read(ByteBuffer target, long at) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        if (at >= size) {
            return -1;
        }
        int before = target.position();
        int limit = target.limit();
        target.limit(before + (int) Math.min(limit - before, size - at));
        try {
            if (target.hasRemaining()) {
                fill(target, at);
            }
        } finally {
            target.limit(limit);
        }
        int count = target.position() - before;
        return count == 0 && before < limit ? -1 : count; // What it lies in has become shorter.
    }

    @Override
    public final int read(ByteBuffer target) throws IOException {
        int count = read(target, position);
        position += Math.max(0, count);
        return count;
    }

    @Override
    public final int write(ByteBuffer bytes) {
        throw new NonWritableChannelException();
    }

    @Override
    public final long position() {
        return position;
    }

    @Override
    public final SeekableByteChannel position(long newPosition) {
        if (newPosition < 0) {
            throw new IllegalArgumentException("negative position: " + newPosition);
        }
        position = newPosition;
        return this;
    }

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final SeekableByteChannel truncate(long newSize) {
        throw new NonWritableChannelException();
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
    }
}
