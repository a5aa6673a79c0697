package dev.stsw.djl;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Does something for each tensor of a source, several at once if the source allows it: most of the time goes into
/// memory that the system has to clear first, which each core does for itself.
///
/// Each worker takes the next tensor in the order of the source. Whatever goes wrong stops all after the tensor they
/// are at. None is interrupted: that would close the source's file under its owner.
final class Workers {
    /// More do not help where they wait for one memory.
    private static final int MOST = 8;

    /// Below, a thread costs more than it saves.
    private static final long BYTES_OF_EACH = 8 << 20;

    private final Work work;
    private final int count;

    // Guarded by this object's monitor, from here on.
    private int next;
    private @Nullable Throwable failure;

    @FunctionalInterface
    interface Work {
        void on(int index) throws IOException;
    }

    private Workers(Work work, int count) {
        this.work = work;
        this.count = count;
    }

    /// When this returns, in whatever way, no worker is left. The calling thread is one of them.
    ///
    /// @param tensors whose indices the work is given
    /// @throws IOException what went wrong first
    static void run(TensorSource source, List<TensorSpec> tensors, Work work) throws IOException {
        long bytes = 0;
        for (TensorSpec tensor : tensors) {
            bytes += tensor.byteSize();
        }
        int most = Math.min(MOST, Runtime.getRuntime().availableProcessors());
        int useful = Math.clamp(Math.min(tensors.size(), bytes / BYTES_OF_EACH), 1, most);
        run(source.concurrent() ? useful : 1, tensors.size(), work);
    }

    /// With so many workers.
    static void run(int workers, int count, Work work) throws IOException {
        Workers all = new Workers(work, count);
        List<Thread> threads = new ArrayList<>();
        try {
            for (int i = 1; i < workers; i++) {
                threads.add(Thread.ofPlatform().daemon().name("stsw-load-" + i).start(all::work));
            }
        } catch (OutOfMemoryError e) {
            // The system has no more threads for this process: those that are there do it.
        }
        all.work();
        boolean interrupted = false;
        for (Thread thread : threads) {
            interrupted |= join(thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        all.rethrow();
    }

    /// Waits for a thread, however often it is told not to; returns whether it was.
    private static boolean join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private void work() {
        try {
            for (int index = take(); index >= 0; index = take()) {
                work.on(index);
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private synchronized int take() {
        return failure != null || next == count ? -1 : next++;
    }

    private synchronized void fail(Throwable fault) {
        if (failure == null) {
            failure = fault;
        } else if (!failure.equals(fault)) {
            failure.addSuppressed(fault);
        }
    }

    private synchronized void rethrow() throws IOException {
        if (failure instanceof IOException fault) {
            throw fault;
        }
        if (failure instanceof RuntimeException fault) {
            throw fault;
        }
        if (failure instanceof Error fault) {
            throw fault;
        }
    }
}
