package dev.stsw.publish;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Writes buffers on a thread of its own, in the order in which they come, while the caller fills others: the disk
/// and the checksums then take their time side by side.
final class WriteBehind implements Closeable {
    private final AtomicFile file;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("stsw-write").factory());
    /// Oldest first.
    private final Queue<Future<?>> underWay = new ArrayDeque<>();

    WriteBehind(AtomicFile file) {
        this.file = file;
    }

    /// Will write the buffer's remaining bytes, after those before. It must stay as it is until [#await(int)] says
    /// that it is written. The change follows the bytes.
    void write(ByteBuffer bytes, long position, Amendments.@Nullable Change change) {
        underWay.add(thread.submit(() -> {
            file.write(bytes, position);
            if (change != null) {
                file.write(change.bytes(), change.position());
            }
            return null;
        }));
    }

    /// Waits until at most so many of the latest writes are still under way.
    ///
    /// @throws IOException if writing failed
    void await(int atMost) throws IOException {
        while (underWay.size() > atMost) {
            try {
                underWay.remove().get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException fault) {
                    throw fault;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw file.interrupted(e);
            }
        }
    }

    /// Ends the thread, after the writes that are under way. A second call does nothing.
    @Override
    public void close() {
        thread.close();
    }
}
