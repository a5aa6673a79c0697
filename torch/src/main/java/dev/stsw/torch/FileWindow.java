package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The part of a file that is in memory; moved as needed. All positions are bytes from the start of the range. */
final class FileWindow {
    /** Reading on takes no longer than a new read, up to about here (page cache, several GB/s against 1 µs a call). */
    static final int WORTH_READING_THROUGH = 4096;

    private final FileRange file;
    private final byte[] bytes;
    private final ByteBuffer buffer;
    private long start;
    private int length;
    private long readsLeft;
    private long bytesLeft;

    FileWindow(FileRange file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
        this.buffer = ByteBuffer.wrap(bytes);
    }

    /** Allows so many reads and bytes from now on. */
    void allow(long reads, long bytes) {
        readsLeft = reads;
        bytesLeft = bytes;
    }

    /**
     * Makes {@code count} bytes from {@code position} visible, and more where that lies before {@code end}.
     *
     * @return the index of {@code position} in {@link #bytes}
     */
    int show(long position, int count, long end) throws IOException {
        if (position < start || position + count > start + length) {
            length = 0;
            int wanted = (int) Math.min(bytes.length, end - position);
            charge(1, wanted);
            file.readFully(buffer.clear().limit(wanted), position);
            start = position;
            length = wanted;
        }
        return (int) (position - start);
    }

    /** Reads {@code count} stretches of {@code size} bytes, {@code stride} apart, one behind the other into {@link #bytes}. */
    void collect(long position, long stride, int size, int count) throws IOException {
        length = 0;
        charge(count, (long) size * count);
        for (int i = 0; i < count; i++) {
            file.readFully(buffer.limit((i + 1) * size).position(i * size), position + i * stride);
        }
    }

    private void charge(int reads, long bytes) throws CheckpointException {
        readsLeft -= reads;
        bytesLeft -= bytes;
        if (readsLeft < 0 || bytesLeft < 0) {
            throw new CheckpointException(
                    Kind.HOSTILE,
                    "refused: a tensor's elements overlap so that gathering them reads the same bytes again and again");
        }
    }

    byte[] bytes() {
        return bytes;
    }

    /** How many of {@link #bytes} are of the file. */
    int length() {
        return length;
    }
}
