package dev.stsw.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * A file of any of Hadoop's file systems as a channel. Counts the bytes that it read. For one thread.
 *
 * <p>The size is known from the listing, so that opening asks an object store for nothing.
 */
final class HadoopChannel implements SeekableByteChannel {
    /** Not every stream of Hadoop takes a buffer outside of the heap. */
    private static final int BOUNCE_BYTES = 1 << 18;

    private static final int STRETCH_BYTES = 8 << 20;

    private final FSDataInputStream stream;
    private final long size;
    private long position;
    private long bytesRead;
    private byte[] bounce = {};
    private boolean open = true;

    private HadoopChannel(FSDataInputStream stream, long size) {
        this.stream = stream;
        this.size = size;
    }

    /** For reading a few bytes here and there: a header. */
    static HadoopChannel random(Configuration conf, String file, long size) throws IOException {
        return new HadoopChannel(build(random(builder(conf, file, size))), size);
    }

    /** For reading long stretches here and there: a checkpoint. */
    static HadoopChannel stretches(Configuration conf, String file, long size) throws IOException {
        FutureDataInputStreamBuilder builder = random(builder(conf, file, size))
                // Otherwise s3a would send a request for each read of ours.
                .opt("fs.s3a.readahead.range", Integer.toString(STRETCH_BYTES));
        return new HadoopChannel(build(builder), size);
    }

    private static FutureDataInputStreamBuilder random(FutureDataInputStreamBuilder builder) {
        return builder.opt("fs.option.openfile.read.policy", "random");
    }

    /** For reading a range from its start to its end. */
    static HadoopChannel sequential(Configuration conf, String file, long size, long from, long to) throws IOException {
        FutureDataInputStreamBuilder builder = builder(conf, file, size)
                .opt("fs.option.openfile.read.policy", "sequential")
                .opt("fs.option.openfile.split.start", Long.toString(from))
                .opt("fs.option.openfile.split.end", Long.toString(Math.min(size, to)));
        return new HadoopChannel(build(builder), size);
    }

    private static FutureDataInputStreamBuilder builder(Configuration conf, String file, long size) throws IOException {
        Path path = new Path(file);
        return path.getFileSystem(conf).openFile(path).opt("fs.option.openfile.length", Long.toString(size));
    }

    private static FSDataInputStream build(FutureDataInputStreamBuilder builder) throws IOException {
        return FutureIO.awaitFuture(builder.build());
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        if (position >= size) {
            return -1;
        }
        if (stream.getPos() != position) {
            stream.seek(position);
        }
        int wanted = (int) Math.min(target.remaining(), size - position);
        int count = target.hasArray()
                ? stream.read(target.array(), target.arrayOffset() + target.position(), wanted)
                : throughHeap(target, wanted);
        if (count > 0) {
            if (target.hasArray()) {
                target.position(target.position() + count);
            }
            position += count;
            bytesRead += count;
        }
        return count;
    }

    private int throughHeap(ByteBuffer target, int wanted) throws IOException {
        if (bounce.length == 0) {
            bounce = new byte[BOUNCE_BYTES];
        }
        int count = stream.read(bounce, 0, Math.min(wanted, bounce.length));
        if (count > 0) {
            target.put(bounce, 0, count);
        }
        return count;
    }

    /** Bytes that came out of it so far. */
    long bytesRead() {
        return bytesRead;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        if (newPosition < 0) {
            throw new IllegalArgumentException("negative position " + newPosition);
        }
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long newSize) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
        stream.close();
    }
}
