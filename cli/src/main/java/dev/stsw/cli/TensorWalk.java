package dev.stsw.cli;

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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Goes over the bytes of many tensors, on all cores where their file allows it: a tensor, or a part of a large one, a
/// thread at a time. One buffer for each file and thread.
final class TensorWalk {
    /// Of a part of a tensor; it begins and ends at whole bytes, whatever the dtype.
    static final long PART_ELEMENTS = 12L << 20;

    /// Small enough for the processor's cache.
    private static final int BUFFER_BYTES = 3 << 18;

    private static final int MAX_THREADS = 8;
    /// Less is not worth a thread.
    private static final long BYTES_PER_THREAD = 8L << 20;

    private final List<Job> jobs = new ArrayList<>();
    private final boolean concurrent;
    private final long total;
    private final ProgressListener progress;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong done = new AtomicLong();
    private volatile @Nullable Throwable failure;

    /// What is to be done with a part of a tensor.
    ///
    /// @param bytes how many there are
    /// @param feeds where they come from: one file, or the same elements of two
    /// @param part makes what takes them, when it is their turn
    record Job(long bytes, List<Feed> feeds, Supplier<Part> part) {}

    /// Elements that come from somewhere.
    ///
    /// @param bits of each
    /// @param opening of the channel that brings them
    record Feed(int bits, Opening opening) {}

    /// Opens a channel.
    interface Opening {
        ReadableByteChannel open() throws IOException;
    }

    /// Takes the bytes of a part, in order.
    interface Part {
        /// Takes more bytes: as many elements from each of its feeds.
        void take(ByteBuffer... bytes);

        /// There are no more.
        default void end() {}
    }

    private TensorWalk(List<Job> jobs, boolean concurrent, ProgressListener progress) {
        this.jobs.addAll(jobs);
        this.concurrent = concurrent;
        this.progress = progress;
        this.total = jobs.stream().mapToLong(Job::bytes).sum();
        if (concurrent) {
            // The largest first, so that none of them is left for one thread in the end; otherwise in order.
            this.jobs.sort(Comparator.comparingLong((Job job) -> -(job.bytes >> 24)));
        }
    }

    /// How many parts a tensor has.
    static int parts(TensorSpec tensor, boolean divisible) {
        return divisible ? (int) Math.max(1, (tensor.shape().elementCount() + PART_ELEMENTS - 1) / PART_ELEMENTS) : 1;
    }

    /// Does all jobs. When this returns, in whatever way, no thread is left.
    ///
    /// @param concurrent whether several may be done at once; otherwise they are done in their order
    /// @throws IOException what went wrong first
    static void run(List<Job> jobs, boolean concurrent, ProgressListener progress) throws IOException {
        new TensorWalk(jobs, concurrent, progress).run();
    }

    private void run() throws IOException {
        List<Thread> helpers = new ArrayList<>();
        int most = concurrent ? Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS) : 1;
        int threads = Math.clamp(total / BYTES_PER_THREAD, 1, most);
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
            List<ByteBuffer> buffers = new ArrayList<>();
            for (int at = next.getAndIncrement(); at < jobs.size() && failure == null; at = next.getAndIncrement()) {
                Job job = jobs.get(at);
                while (buffers.size() < job.feeds.size()) {
                    buffers.add(ByteBuffer.allocateDirect(Math.clamp(2 * total, 8 * Long.BYTES, BUFFER_BYTES)));
                }
                work(job, buffers.subList(0, job.feeds.size()).toArray(ByteBuffer[]::new), listener);
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void work(Job job, ByteBuffer[] buffers, @Nullable ProgressListener listener) throws IOException {
        Part part = job.part.get();
        // Eight at a time always end on a byte, and a buffer's last ones with a tensor.
        int widest = job.feeds.stream().mapToInt(Feed::bits).max().orElseThrow();
        int eights = Math.max(1, buffers[0].capacity() / widest);
        List<ReadableByteChannel> channels = new ArrayList<>();
        try {
            for (Feed feed : job.feeds) {
                channels.add(feed.opening.open());
            }
            // Also where there are no bytes: a pipe is read to its end so.
            for (boolean more = true; more && failure == null; ) {
                more = false;
                for (int i = 0; i < buffers.length; i++) {
                    more |= fill(channels.get(i), buffers[i].clear().limit(eights * job.feeds.get(i).bits));
                    buffers[i].flip();
                }
                if (more) {
                    long soFar = done.addAndGet(buffers[0].remaining());
                    part.take(buffers);
                    if (listener != null) {
                        listener.progress(soFar, total);
                    }
                }
            }
        } finally {
            Closing.all(channels);
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
