package dev.stsw;

import dev.stsw.CacheGuess.Way;
import dev.stsw.publish.DirectIo;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Reads blocks of a file through the page cache, or past it: a large file that is not in the cache is read twice as
/// fast without it, and pushes nothing else out of it. [CacheGuess] says which.
///
/// For any number of threads; close it when they are done.
final class BlockReader implements Closeable {
    /// In bytes; a shorter range is not worth a second channel.
    private static final long BYPASS_CACHE_FROM = 256L << 20;

    private static final System.Logger LOG = System.getLogger(BlockReader.class.getName());

    private final OpenFile file;
    private final CacheGuess guess = new CacheGuess();
    /// Whether the cache may be gone past; not tried again after it failed.
    private volatile boolean mayBypass;

    private @Nullable FileChannel direct;
    private int block;

    /// @param length of what will be read in all, in bytes
    BlockReader(OpenFile file, long length) {
        this.file = file;
        this.mayBypass = length >= BYPASS_CACHE_FROM;
    }

    /// Fills the buffer with `size` bytes from a position on, and returns it, flipped.
    ByteBuffer read(ByteBuffer buffer, long position, int size) throws IOException {
        Way way = mayBypass ? guess.next(size) : Way.CACHE;
        FileChannel past = way == Way.PAST ? direct() : null;
        if (past == null || position % block != 0 || !readDirectly(past, buffer.clear(), position, size)) {
            long started = System.nanoTime();
            file.readFully(buffer.clear().limit(size), position);
            guess.took(way, size, System.nanoTime() - started);
        }
        return buffer.position(0).limit(size);
    }

    /// Whether it did; if not, whatever is wrong or missing shows in the ordinary way.
    private boolean readDirectly(FileChannel past, ByteBuffer buffer, long position, int size) {
        // The last block of a file is read as if it were whole, and ends where the file ends.
        buffer.limit(Math.min(buffer.capacity(), (size + block - 1) / block * block));
        try {
            return past.read(buffer, position) >= size;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> file.name() + ": no more direct reads: " + e);
            mayBypass = false;
            return false;
        }
    }

    private synchronized @Nullable FileChannel direct() {
        if (direct == null && mayBypass && file instanceof DiskFile disk) {
            try {
                block = DirectIo.blockSize(disk.path());
                direct = block == 0 ? null : FileChannel.open(disk.path(), StandardOpenOption.READ, DirectIo.option());
            } catch (IOException | UnsupportedOperationException e) {
                LOG.log(Level.DEBUG, () -> file.name() + ": no direct reads: " + e);
            }
            mayBypass = direct != null;
        }
        return direct;
    }

    @Override
    public synchronized void close() throws IOException {
        if (direct != null) {
            direct.close();
        }
    }
}
