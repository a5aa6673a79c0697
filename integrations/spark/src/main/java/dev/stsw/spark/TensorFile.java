package dev.stsw.spark;

import dev.stsw.format.FileChangedException;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file on a Hadoop file system: its header, checked, and its bytes, which are only fetched when they are asked
 * for. For one thread.
 */
final class TensorFile implements Closeable {
    /** What is handed on at once: the memory of a task, whatever the size of a tensor. */
    static final int BUFFER_BYTES = 1 << 20;

    /** Takes a stretch of bytes. */
    interface Sink {
        /** Takes bytes from the position to the limit; they are only valid until this returns. */
        void accept(ByteBuffer bytes) throws IOException;
    }

    private final Configuration conf;
    private final FileRange range;
    private final Header header;
    private final long headerBytes;
    private @Nullable HadoopChannel data;
    private byte[] buffer = {};

    private TensorFile(Configuration conf, FileRange range, Header header, long headerBytes) {
        this.conf = conf;
        this.range = range;
        this.header = header;
        this.headerBytes = headerBytes;
    }

    /**
     * Reads the header, and nothing else.
     *
     * @throws HeaderException if it is not a safetensors file
     */
    static TensorFile open(Configuration conf, FileRange range) throws IOException {
        try (HadoopChannel channel = HadoopChannel.random(conf, range.file(), range.size())) {
            Header header = Header.read(channel, range.size());
            return new TensorFile(conf, range, header, channel.bytesRead());
        } catch (HeaderException e) {
            throw e.in(range.file());
        }
    }

    /** Reads on until the buffer is full. */
    static void fill(SeekableByteChannel channel, ByteBuffer target, String file) throws IOException {
        while (target.hasRemaining()) {
            long at = channel.position();
            if (channel.read(target) < 0) {
                throw new FileChangedException(
                        file,
                        "expected " + channel.size() + " bytes, as it was listed, but it ends at byte " + at
                                + ": it was cut meanwhile");
            }
        }
    }

    String name() {
        return range.file();
    }

    Header header() {
        return header;
    }

    FileRange range() {
        return range;
    }

    /** Bytes that were read so far, those of the header with them. */
    long bytesRead() {
        return headerBytes + (data == null ? 0 : data.bytesRead());
    }

    /**
     * Reads bytes through one bounded buffer.
     *
     * @param position bytes from the start of the file
     */
    void read(long position, long length, Sink sink) throws IOException {
        if (buffer.length == 0) {
            buffer = new byte[BUFFER_BYTES];
        }
        HadoopChannel channel = channel();
        channel.position(position);
        for (long left = length; left > 0; ) {
            ByteBuffer block = ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, left));
            fill(channel, block, range.file());
            left -= block.position();
            sink.accept(block.flip());
        }
    }

    /** Reads bytes into an array of their own. */
    byte[] read(long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        read(position, ByteBuffer.wrap(bytes));
        return bytes;
    }

    /** Fills a buffer. */
    void read(long position, ByteBuffer target) throws IOException {
        if (target.hasRemaining()) {
            HadoopChannel channel = channel();
            channel.position(position);
            fill(channel, target, range.file());
        }
    }

    private HadoopChannel channel() throws IOException {
        HadoopChannel open = data;
        if (open == null) {
            open = HadoopChannel.sequential(conf, range.file(), range.size(), range.from(), range.to());
            data = open;
        }
        return open;
    }

    @Override
    public void close() throws IOException {
        if (data != null) {
            data.close();
        }
    }
}
