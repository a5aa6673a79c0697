package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.Objects;

/**
 * A part of a file.
 *
 * @param channel the file; a read may move its position
 * @param start bytes from the start of the file
 * @param length number of bytes
 */
record FileRange(SeekableByteChannel channel, long start, long length) {

    FileRange {
        Objects.checkFromIndexSize(start, length, Long.MAX_VALUE);
    }

    FileRange slice(long offset, long size) {
        Objects.checkFromIndexSize(offset, size, length);
        return new FileRange(channel, start + offset, size);
    }

    /** Reads at least one byte from {@code position}, counted from the start of the range. */
    void read(ByteBuffer target, long position) throws IOException {
        Objects.checkFromIndexSize(position, target.remaining(), length);
        int count;
        try {
            do {
                count = readAt(target, start + position);
            } while (count == 0);
        } catch (ClosedByInterruptException e) {
            // The JDK's exception says nothing at all.
            InterruptedIOException interrupted =
                    new InterruptedIOException("the thread was interrupted while reading the checkpoint");
            interrupted.initCause(e);
            throw interrupted;
        }
        if (count < 0) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    "the file ends at byte " + channel.size() + ", expected data at byte " + (start + position));
        }
    }

    private int readAt(ByteBuffer target, long position) throws IOException {
        if (channel instanceof FileChannel file) {
            return file.read(target, position); // One call to the system instead of two.
        }
        if (channel instanceof ReadOnlyChannel part) {
            return part.read(target, position);
        }
        channel.position(position);
        return channel.read(target);
    }

    /** Fills {@code target} from {@code position}, counted from the start of the range. */
    void readFully(ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int before = target.position();
            read(target, at);
            at += target.position() - before;
        }
    }

    ByteStream stream() {
        return new ByteStream(length) {
            @Override
            void fill(ByteBuffer target) throws IOException {
                FileRange.this.read(target, size() - remaining());
            }

            @Override
            void pass(long count) {
                // The next read seeks.
            }
        };
    }
}
