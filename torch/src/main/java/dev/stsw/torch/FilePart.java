package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Objects;

/** A stretch of a file as a file of its own: read only, and at positions too. */
final class FilePart implements SeekableByteChannel {
    private final FilePool pool;
    private final String file;
    private final long start;
    private final long length;
    private long position;
    private boolean open = true;

    FilePart(FilePool pool, String file, long start, long length) {
        Objects.checkFromIndexSize(start, length, Long.MAX_VALUE);
        this.pool = pool;
        this.file = file;
        this.start = start;
        this.length = length;
    }

    /** Reads from {@code at}, counted from the start of the part; any number of threads may. */
    int read(ByteBuffer target, long at) throws IOException {
        if (at >= length) {
            return -1;
        }
        int limit = target.limit();
        target.limit(target.position() + (int) Math.min(target.remaining(), length - at));
        try {
            return pool.read(file, target, start + at);
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        int count = read(target, position);
        position += Math.max(0, count);
        return count;
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        if (newPosition < 0) {
            throw new IllegalArgumentException("negative position: " + newPosition);
        }
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        return length;
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    /** Leaves the file to its pool. */
    @Override
    public void close() {
        open = false;
    }
}
