package dev.stsw;

import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Goes over a range of a file in blocks, on several threads. Each of them reads a block and works on it while it is
/// still in the processor's cache, then takes the next one of the file.
///
/// Bounded memory: one block a thread, outside the heap. The caller's thread is one of them, and a short range has it
/// alone.
final class Blocks {
    /// Measured: 256 KiB to 2 MiB make no difference, less costs calls, more the second-level cache.
    static final int BYTES = 1 << 20;

    /// A thread is started for so many bytes: they take as long as the start of ten.
    private static final long BYTES_PER_THREAD = 8L << 20;
    /// A disk wants more than one request at a time, even if there are few processors to make them.
    private static final int MIN_THREADS = 3;

    private static final int MAX_THREADS = 8;
    private static final int PAGE = 4096;

    /// Of all ranges together: a hundred threads of a server that read at once are enough without helpers.
    static final int MAX_HELPERS = 2 * MAX_THREADS;

    private static final Semaphore HELPERS = new Semaphore(MAX_HELPERS);

    private final OpenFile file;
    private final long begin;
    private final long end;
    private final Action action;
    private final ProgressListener progress;
    private final AtomicLong next;
    private final AtomicLong done = new AtomicLong();
    private volatile @Nullable Failure failure;

    /// What is done with a block, on any thread, several blocks at a time.
    @FunctionalInterface
    interface Action {
        /// Works on bytes that are valid during the call; the first of them is at that position of the file.
        void on(ByteBuffer bytes, long position);
    }

    private record Failure(long position, Throwable cause) {}

    private Blocks(OpenFile file, long begin, long end, Action action, ProgressListener progress) {
        this.file = file;
        this.begin = begin;
        this.end = end;
        this.action = action;
        this.progress = progress;
        this.next = new AtomicLong(begin);
    }

    /// Hands every byte from one position to another to the action. Blocks end at multiples of [#BYTES] in the file.
    ///
    /// @param progress called on this thread; what it says never goes back
    /// @throws IOException the failure that comes first in the file
    /// @throws InterruptedIOException if this thread is interrupted, which it stays
    static void forEach(OpenFile file, long begin, long end, Action action, ProgressListener progress)
            throws IOException {
        new Blocks(file, begin, end, action, progress).run();
    }

    private void run() throws IOException {
        boolean interrupted = false;
        try (BlockReader reader = new BlockReader(file, end - begin)) {
            List<Thread> helpers = new ArrayList<>();
            try {
                for (int i = threads() - 1; i > 0 && HELPERS.tryAcquire(); i--) {
                    helpers.add(startHelper(i, reader));
                }
                work(reader, progress);
            } finally {
                interrupted = join(helpers);
            }
        }
        throwFailure(interrupted);
        if (done.get() > 0) {
            progress.progress(done.get(), end - begin);
        }
    }

    private Thread startHelper(int number, BlockReader reader) {
        try {
            return Thread.ofPlatform().daemon().name("stsw-read-" + number).start(() -> {
                try {
                    work(reader, null);
                } finally {
                    HELPERS.release();
                }
            });
        } catch (OutOfMemoryError e) {
            HELPERS.release();
            throw e;
        }
    }

    private int threads() {
        if (!file.concurrent()) {
            return 1;
        }
        int wanted = Math.clamp(Runtime.getRuntime().availableProcessors(), MIN_THREADS, MAX_THREADS);
        return Math.clamp((end - begin) / BYTES_PER_THREAD, 1, wanted);
    }

    private void work(BlockReader reader, @Nullable ProgressListener listener) {
        long position = begin;
        try (Arena arena = Arena.ofConfined()) {
            // Direct reads fill whole blocks of the file system, so a short last one must not end the buffer.
            long size = Math.min(BYTES, (end - begin + PAGE - 1) / PAGE * PAGE);
            ByteBuffer buffer = arena.allocate(size, PAGE).asByteBuffer();
            while (failure == null && (position = take()) < end) {
                int count = (int) (endOfBlock(position) - position);
                action.on(reader.read(buffer, position, count), position);
                long soFar = done.addAndGet(count);
                if (listener != null && soFar < end - begin) {
                    listener.progress(soFar, end - begin);
                }
            }
        } catch (Throwable e) {
            fail(new Failure(position, e));
        }
    }

    /// Where the next block begins; the end of the range when all are taken.
    private long take() {
        return next.getAndUpdate(this::endOfBlock);
    }

    private long endOfBlock(long position) {
        return Math.min(end, (position / BYTES + 1) * BYTES);
    }

    /// Blocks are taken in their order, so that those before a failed one are dealt with to the end: the failure that
    /// is left is the first of the file.
    private synchronized void fail(Failure another) {
        Failure known = failure;
        if (known == null || another.position < known.position) {
            failure = another;
        }
    }

    /// Waits until they are done, and no longer than for a block each when this thread is interrupted.
    ///
    /// @return whether it was
    private boolean join(List<Thread> helpers) {
        boolean interrupted = false;
        for (Thread helper : helpers) {
            while (true) {
                try {
                    helper.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                    fail(new Failure(Long.MAX_VALUE, e));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return interrupted;
    }

    private void throwFailure(boolean interrupted) throws IOException {
        Failure found = failure;
        if (found == null) {
            return;
        }
        Throwable cause = found.cause;
        if (interrupted || cause instanceof ClosedByInterruptException) {
            InterruptedIOException ours =
                    new InterruptedIOException(file.name() + ": the thread was interrupted while reading");
            ours.initCause(cause);
            throw ours;
        }
        if (cause instanceof IOException fault) {
            throw fault;
        }
        if (cause instanceof RuntimeException fault) {
            throw fault;
        }
        throw (Error) cause;
    }
}
