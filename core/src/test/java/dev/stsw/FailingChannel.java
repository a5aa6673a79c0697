package dev.stsw;

import dev.stsw.publish.Temporary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// A disk that fails: writes from a certain one on, or the first force only, as Linux does.
class FailingChannel extends FileChannel {
    private final FileChannel disk;
    /// Counted down by any thread.
    private final AtomicInteger writesLeft;
    private boolean forceFails;
    private int forces;

    FailingChannel(FileChannel disk, int writesLeft, boolean forceFails) {
        this.disk = disk;
        this.writesLeft = new AtomicInteger(writesLeft);
        this.forceFails = forceFails;
    }

    /// Opens channels and remembers the last one.
    static final class Opener implements Temporary.Opener {
        private final int goodWrites;
        private final boolean forceFails;
        FailingChannel last;

        Opener(int goodWrites, boolean forceFails) {
            this.goodWrites = goodWrites;
            this.forceFails = forceFails;
        }

        @Override
        public FileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            last = new FailingChannel(FileChannel.open(path, options, attributes), goodWrites, forceFails);
            return last;
        }
    }

    int forces() {
        return forces;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        if (writesLeft.getAndDecrement() <= 0) {
            throw new IOException("Input/output error");
        }
        // Short writes are legal, too.
        int limit = source.limit();
        source.limit(source.position() + (source.remaining() + 1) / 2);
        try {
            return disk.write(source, position);
        } finally {
            source.limit(limit);
        }
    }

    @Override
    public void force(boolean metaData) throws IOException {
        forces++;
        if (forceFails) {
            // The next one reports success, although the pages are lost.
            forceFails = false;
            throw new IOException("Input/output error");
        }
        disk.force(metaData);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return disk.tryLock(position, size, shared);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return disk.lock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        disk.close();
    }

    @Override
    public long size() throws IOException {
        return disk.size();
    }

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = write(source, disk.position());
        disk.position(disk.position() + count);
        return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        disk.position(position);
        return this;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        disk.truncate(size);
        return this;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return disk.read(target, position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }
}
