package dev.stsw;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Reads blocks of a file through the page cache, or past it: a large file that is not in the cache is read twice as
/// fast without it, and pushes nothing else out of it. Whether it is in the cache shows in how fast the first blocks
/// come.
///
/// For any number of threads; closing waits for none of them.
final class BlockReader {
    /// In bytes; a shorter range is not worth a second channel.
    private static final long BYPASS_CACHE_FROM = 256L << 20;
    /// So many bytes are timed before the decision.
    private static final long SAMPLE_BYTES = 32L << 20;
    /// Memory copies several bytes in a nanosecond, single disks do not reach this.
    private static final double CACHED_BYTES_PER_NANO = 1.5;

    private static final System.Logger LOG = System.getLogger(BlockReader.class.getName());

    private final OpenFile file;
    private boolean decided;
    private long sampledBytes;
    private long sampledNanos;
    private volatile @Nullable FileChannel direct;
    private int block;

    /// @param length of what will be read in all, in bytes
    BlockReader(OpenFile file, long length) {
        this.file = file;
        this.decided = length < BYPASS_CACHE_FROM;
    }

    /// Fills the buffer with `size` bytes from a position on, and returns it, flipped.
    ByteBuffer read(ByteBuffer buffer, long position, int size) throws IOException {
        buffer.clear();
        FileChannel past = direct;
        if (past != null && position % block == 0) {
            readDirectly(past, buffer, position, size);
        } else {
            long started = System.nanoTime();
            file.readFully(buffer.limit(size), position);
            sample(size, System.nanoTime() - started);
        }
        return buffer.position(0).limit(size);
    }

    private void readDirectly(FileChannel past, ByteBuffer buffer, long position, int size) throws IOException {
        // The last block of a file is read as if it were whole, and ends where the file ends.
        buffer.limit(Math.min(buffer.capacity(), (size + block - 1) / block * block));
        try {
            int count = past.read(buffer, position);
            if (count >= size) {
                return;
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> file.path() + ": no more direct reads: " + e);
            direct = null;
        }
        // Whatever is wrong or missing shows in the ordinary way.
        file.readFully(buffer.position(0).limit(size), position);
    }

    private synchronized void sample(long bytes, long nanos) {
        sampledBytes += bytes;
        sampledNanos += nanos;
        if (decided || sampledBytes < SAMPLE_BYTES) {
            return;
        }
        decided = true;
        if ((double) sampledBytes / sampledNanos < CACHED_BYTES_PER_NANO) {
            try {
                block = DirectIo.blockSize(file.path());
                direct = block == 0 ? null : FileChannel.open(file.path(), StandardOpenOption.READ, DirectIo.option());
            } catch (IOException | UnsupportedOperationException e) {
                LOG.log(Level.DEBUG, () -> file.path() + ": no direct reads: " + e);
            }
        }
    }

    void close() {
        FileChannel past = direct;
        if (past != null) {
            try {
                past.close();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, () -> file.path() + ": " + e);
            }
        }
    }
}
