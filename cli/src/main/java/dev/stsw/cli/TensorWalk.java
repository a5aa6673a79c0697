package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Hands the bytes of every tensor of a source to a visitor, in order within a tensor; several tensors at once where
/// the
/// source allows it. One buffer a thread.
final class TensorWalk {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int MAX_THREADS = 8;
    /// Less is not worth a thread.
    private static final long BYTES_PER_THREAD = 8L << 20;

    private final TensorSource source;
    private final List<Integer> order = new ArrayList<>();
    private final long total;
    private final Visitor visitor;
    private final ProgressListener progress;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong done = new AtomicLong();
    private volatile @Nullable Throwable failure;

    /// Takes a tensor's bytes. Called on any thread, for several tensors at once, but for one tensor in order.
    interface Visitor {
        /// Begins the tensor of that place in the source's list.
        Part begin(int index);
    }

    /// Takes one tensor's bytes.
    interface Part {
        /// Takes more bytes, all that remain.
        void take(ByteBuffer bytes);

        /// There are no more.
        void end();
    }

    private TensorWalk(TensorSource source, Visitor visitor, ProgressListener progress) {
        this.source = source;
        this.visitor = visitor;
        this.progress = progress;
        List<TensorSpec> tensors = source.tensors();
        for (int i = 0; i < tensors.size(); i++) {
            order.add(i);
        }
        this.total = tensors.stream().mapToLong(TensorSpec::byteSize).sum();
        if (source.concurrent()) {
            // The largest first, so that none of them is left for one thread in the end.
            order.sort(Comparator.comparingLong((Integer i) -> -tensors.get(i).byteSize()));
        }
    }

    /// Visits every tensor. When this returns, in whatever way, no thread is left.
    ///
    /// @throws IOException what went wrong first
    static void visit(TensorSource source, Visitor visitor, ProgressListener progress) throws IOException {
        new TensorWalk(source, visitor, progress).run();
    }

    private void run() throws IOException {
        List<Thread> helpers = new ArrayList<>();
        int threads = source.concurrent()
                ? Math.clamp(
                        total / BYTES_PER_THREAD,
                        1,
                        Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_THREADS))
                : 1;
        for (int i = 1; i < threads; i++) {
            helpers.add(Thread.ofPlatform().daemon().name("stsw-read-" + i).start(() -> work(null)));
        }
        work(progress);
        boolean interrupted = false;
        for (Thread helper : helpers) {
            interrupted |= join(helper);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the thread was interrupted while reading");
        }
        rethrow();
    }

    private boolean join(Thread helper) {
        boolean interrupted = false;
        while (true) {
            try {
                helper.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
                fail(e);
            }
        }
    }

    private void work(@Nullable ProgressListener listener) {
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(Math.clamp(total, 1, BUFFER_BYTES));
            for (int at = next.getAndIncrement(); at < order.size() && failure == null; at = next.getAndIncrement()) {
                visit(order.get(at), buffer, listener);
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void visit(int index, ByteBuffer buffer, @Nullable ProgressListener listener) throws IOException {
        Part part = visitor.begin(index);
        try (ReadableByteChannel bytes = source.open(source.tensors().get(index).name())) {
            while (failure == null && fill(bytes, buffer.clear())) {
                long soFar = done.addAndGet(buffer.flip().remaining());
                part.take(buffer);
                if (listener != null) {
                    listener.progress(soFar, total);
                }
            }
        }
        part.end();
    }

    /// Whole buffers, so that no element is cut but by a tensor's end.
    private static boolean fill(ReadableByteChannel bytes, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining() && bytes.read(buffer) >= 0) {}
        return buffer.position() > 0;
    }

    private synchronized void fail(Throwable fault) {
        if (failure == null) {
            failure = fault;
        }
    }

    private void rethrow() throws IOException {
        Throwable found = failure;
        if (found instanceof IOException fault) {
            throw fault;
        }
        if (found instanceof RuntimeException fault) {
            throw fault;
        }
        if (found instanceof Error fault) {
            throw fault;
        }
    }
}
