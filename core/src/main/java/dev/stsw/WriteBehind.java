package dev.stsw;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Writes one buffer on a thread of its own while the caller fills another: the disk and the checksums then take their
/// time side by side. One write is under way at most, so they happen in order.
final class WriteBehind implements Closeable {
    private final AtomicFile file;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("stsw-write").factory());
    private @Nullable Future<?> underWay;

    WriteBehind(AtomicFile file) {
        this.file = file;
    }

    /// Begins to write the buffer's remaining bytes, after the write before has ended. The buffer must stay as it is
    /// until the next call here returns. The change to the journal follows the bytes.
    ///
    /// @throws IOException if the write before failed
    void write(ByteBuffer bytes, long position, Journal.@Nullable Change change) throws IOException {
        await();
        underWay = thread.submit(() -> {
            file.write(bytes, position);
            if (change != null) {
                file.write(change.bytes(), change.position());
            }
            return null;
        });
    }

    /// Waits until everything is written.
    ///
    /// @throws IOException if writing failed
    void await() throws IOException {
        Future<?> write = underWay;
        if (write == null) {
            return;
        }
        try {
            write.get();
            underWay = null;
        } catch (ExecutionException e) {
            underWay = null;
            if (e.getCause() instanceof IOException fault) {
                throw fault;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw file.interrupted(e);
        }
    }

    /// Ends the thread, after the write that is under way. A second call does nothing.
    @Override
    public void close() {
        thread.close();
    }
}
