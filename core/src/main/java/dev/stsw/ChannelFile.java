package dev.stsw;

import dev.stsw.format.FileChangedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/// A file behind a channel, which is moved to each position: one thread at a time reads, others wait. The channel is
/// the caller's.
final class ChannelFile extends OpenFile {
    private static final String NAME = "channel";

    private final SeekableByteChannel channel;
    private final long size;
    private volatile boolean closed;

    ChannelFile(SeekableByteChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    @Override
    String name() {
        return NAME;
    }

    @Override
    long size() {
        return size;
    }

    @Override
    MemorySegment map(long position, long length, Arena arena) {
        throw new UnsupportedOperationException("a channel cannot be mapped");
    }

    @Override
    int read(ByteBuffer target, long position) throws IOException {
        if (closed) {
            throw new IllegalStateException(NAME + ": the file was closed");
        }
        synchronized (channel) {
            channel.position(position);
            int count;
            do {
                count = channel.read(target);
            } while (count == 0 && target.hasRemaining());
            if (count < 0) {
                throw changed("it ends at byte " + channel.size() + ", but had " + size
                        + " when it was opened: it was cut while it was being read");
            }
            return count;
        }
    }

    @Override
    void requireUnchangedSize() throws IOException {
        synchronized (channel) {
            if (channel.size() != size) {
                throw changed("it has " + channel.size() + " bytes, but had " + size
                        + " when it was opened: it changed while it was being read");
            }
        }
    }

    private static FileChangedException changed(String problem) {
        return new FileChangedException(NAME, problem);
    }

    @Override
    public void close() {
        closed = true;
    }
}
