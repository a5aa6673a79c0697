package dev.stsw;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Reads a range of a file block after block, while whoever takes the blocks still works on the ones before.
///
/// Bounded memory: [#BUFFERS] blocks outside the heap. A short range is read on the caller's thread. For one caller.
final class ReadAhead implements Closeable {
    private static final int BLOCK_BYTES = 2 << 20;
    /// One at the caller, one on each thread.
    private static final int BUFFERS = 3;
    private static final int PAGE = 4096;

    private final OpenFile file;
    private final BlockReader reader;
    private final long end;
    private final Arena arena = Arena.ofShared();
    private final @Nullable ExecutorService threads;
    private final Executor executor;
    private final Queue<FutureTask<ByteBuffer>> underWay = new ArrayDeque<>();
    private long next;
    private @Nullable ByteBuffer taken;

    /// Begins to read from one position of the file to another.
    ReadAhead(OpenFile file, long begin, long end) {
        this.file = file;
        this.next = begin;
        this.end = end;
        this.reader = new BlockReader(file, end - begin);
        boolean isShort = end - begin <= 2 * BLOCK_BYTES;
        this.threads = isShort
                ? null
                : Executors.newFixedThreadPool(
                        BUFFERS - 1,
                        Thread.ofPlatform().daemon().name("stsw-read-", 0).factory());
        this.executor = threads == null ? Runnable::run : threads;
        for (int i = 0; i < (isShort ? 1 : BUFFERS); i++) {
            request(arena.allocate(BLOCK_BYTES, PAGE).asByteBuffer());
        }
    }

    private void request(ByteBuffer buffer) {
        if (next < end) {
            long position = next;
            // Blocks end where the file's blocks do, so that direct reads are aligned from the second one on.
            int size = (int) Math.min(BLOCK_BYTES - position % BLOCK_BYTES, end - position);
            next += size;
            FutureTask<ByteBuffer> read = new FutureTask<>(() -> reader.read(buffer, position, size));
            underWay.add(read);
            executor.execute(read);
        }
    }

    /// The next bytes, in order; null after the last. Valid until the next call.
    ///
    /// @throws IOException if reading fails, or the file became shorter
    @Nullable
    ByteBuffer next() throws IOException {
        if (taken != null) {
            request(taken);
            taken = null;
        }
        FutureTask<ByteBuffer> read = underWay.poll();
        if (read == null) {
            return null;
        }
        try {
            taken = read.get();
            return taken;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException fault) {
                throw fault;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException(file.path() + ": the thread was interrupted while reading");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    /// Waits for the reads that are under way, and frees the memory.
    @Override
    public void close() {
        if (threads != null) {
            threads.close();
        }
        reader.close();
        arena.close();
    }
}
