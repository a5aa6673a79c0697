package dev.stsw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// Reads a stream in a thread of its own, so that whoever waits for its bytes can be interrupted at once: on Windows,
/// neither an interrupt nor closing ends a read that waits for a pipe. That thread may wait until the process ends.
final class ReadAheadChannel implements ReadableByteChannel {
    private static final int BUFFERS = 2;
    private static final int BUFFER_BYTES = 1 << 18;

    private final InputStream stream;
    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BUFFERS);
    private final BlockingQueue<Read> read = new ArrayBlockingQueue<>(BUFFERS);

    /// The bytes that are handed out, or the end.
    private Read current = new Read(new byte[0], 0, null);
    private int position;
    private volatile boolean open = true;

    /// What one call of [InputStream#read(byte[])] gave.
    @SuppressWarnings("ArrayRecordComponent") // Handed from one thread to the other, never compared.
    private record Read(byte[] bytes, int count, @Nullable IOException fault) {}

    ReadAheadChannel(InputStream stream) {
        this.stream = stream;
        for (int i = 0; i < BUFFERS; i++) {
            free.add(new byte[BUFFER_BYTES]);
        }
        Thread reader = new Thread(this::readAll, "stsw-read-ahead");
        reader.setDaemon(true);
        reader.start();
    }

    private void readAll() {
        try {
            while (true) {
                Read next = readOnce(free.take());
                read.put(next);
                if (next.count < 0) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Nobody does that.
        }
    }

    private Read readOnce(byte[] buffer) {
        try {
            return new Read(buffer, stream.read(buffer), null);
        } catch (IOException e) {
            return new Read(buffer, -1, e);
        }
    }

    /// For one thread at a time.
    @Override
    public int read(ByteBuffer to) throws IOException {
        if (position == current.count) {
            if (current.bytes.length > 0) {
                free.add(current.bytes);
            }
            current = next();
            position = 0;
        }
        if (current.fault != null) {
            throw current.fault;
        }
        if (current.count < 0) {
            return -1;
        }
        int count = Math.min(to.remaining(), current.count - position);
        to.put(current.bytes, position, count);
        position += count;
        return count;
    }

    private Read next() throws ClosedByInterruptException {
        try {
            return read.take();
        } catch (InterruptedException e) {
            open = false;
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    /// Lets go of the channel, not of the stream, which is the process's own.
    @Override
    public void close() {
        open = false;
    }
}
