package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.FileOutput;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadFactory;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Writes the tensors of a source to their places in the file, several at once.
///
/// Each worker takes the next run of tensors in the order of the file, so that the disk is filled nearly in order and
/// all workers end at nearly the same time. Runs meet inside of pages: their ends go through the page cache, which puts
/// them together. Whatever goes wrong stops all workers after the block they are at. None is interrupted: that would
/// close the source's file under its owner.
final class Workers {
    /// So many buffers' worth of small tensors make a run: shorter ones would wait too often for their last write.
    private static final int BUFFERS_PER_RUN = 4;

    private static final System.Logger LOG = System.getLogger(Workers.class.getName());

    private final TensorSource source;
    private final AtomicFile file;
    private final Header header;
    private final WriteOptions options;
    private final long[] crcs;
    private final ThreadFactory threads;
    private final long runBytes;

    // Guarded by this object's monitor, from here on.
    private int next;
    private long done;
    private int running;
    private @Nullable Throwable failure;

    /// Tensors from one index to another, which is not included.
    private record Run(int from, int to) {}

    /// @param source of the header's tensors, in their order
    /// @param crcs receives their checksums; empty where none are wanted
    Workers(TensorSource source, AtomicFile file, Header header, WriteOptions options, long[] crcs) {
        this(
                source,
                file,
                header,
                options,
                crcs,
                Thread.ofPlatform().daemon().name("stsw-worker-", 1).factory());
    }

    /// The same with threads of another kind.
    Workers(
            TensorSource source,
            AtomicFile file,
            Header header,
            WriteOptions options,
            long[] crcs,
            ThreadFactory threads) {
        this.source = source;
        this.file = file;
        this.header = header;
        this.options = options;
        this.crcs = crcs;
        this.threads = threads;
        this.runBytes = (long) BUFFERS_PER_RUN * options.bufferSize();
    }

    /// Writes everything. When this returns, in whatever way, no worker is left.
    ///
    /// @throws IOException what went wrong first
    void run() throws IOException {
        start((int) Math.min(options.workers(), header.dataSize() / runBytes + 1));
        boolean interrupted = false;
        for (long told = 0, now = 0; now >= told; ) {
            try {
                now = awaitMoreThan(told);
                if (now > told) {
                    told = now;
                    options.progress().progress(told, header.dataSize());
                }
            } catch (InterruptedException e) {
                interrupted = true;
                fail(file.interrupted(e));
            } catch (RuntimeException | Error e) {
                fail(e); // The listener's.
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrow();
    }

    /// Starts so many threads, or as many as the system lets this process have, if that is any.
    private void start(int count) {
        for (int i = 0; i < count; i++) {
            begin();
            try {
                threads.newThread(this::work).start();
            } catch (OutOfMemoryError e) {
                end();
                if (i == 0) {
                    fail(new IOException(file.path() + ": no thread can be started to write it", e));
                }
                LOG.log(Level.DEBUG, () -> file.path() + ": fewer workers than wanted: " + e);
                return;
            }
        }
    }

    private synchronized void begin() {
        running++;
    }

    /// Waits for more bytes than so many, and says how many are done; -1 if there will be no more, and all workers have
    /// ended.
    private synchronized long awaitMoreThan(long told) throws InterruptedException {
        while (running > 0 && (done == told || failure != null)) {
            wait();
        }
        return done > told && failure == null ? done : -1;
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

    private void work() {
        try (FileOutput output = new FileOutput(file, options.bufferSize(), null)) {
            for (Run run = nextRun(); run != null; run = nextRun()) {
                output.startAt(
                        header.dataStart() + header.tensors().get(run.from).offsetBegin());
                for (int i = run.from; i < run.to; i++) {
                    copy(i, output);
                }
                output.flush();
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        } finally {
            end();
        }
    }

    private void copy(int index, FileOutput output) throws IOException {
        TensorMeta tensor = header.tensors().get(index);
        CRC32 crc = crcs.length == 0 ? null : new CRC32();
        try (ReadableByteChannel bytes = source.open(tensor.name())) {
            output.appendWhole(bytes, tensor.byteSize(), () -> StreamWriter.named(tensor), crc, this::taken);
        }
        if (crc != null) {
            crcs[index] = crc.getValue();
        }
    }

    private synchronized @Nullable Run nextRun() {
        int count = header.tensors().size();
        if (next == count || failure != null) {
            return null;
        }
        int from = next;
        long bytes = 0;
        while (next < count && bytes < runBytes) {
            bytes += header.tensors().get(next++).byteSize();
        }
        return new Run(from, next);
    }

    private synchronized void taken(long bytes) {
        if (failure != null) {
            throw new CancellationException("another worker failed");
        }
        done += bytes;
        notifyAll();
    }

    private synchronized void fail(Throwable fault) {
        if (failure == null) {
            failure = fault;
        } else if (!failure.equals(fault) && !(fault instanceof CancellationException)) {
            failure.addSuppressed(fault);
        }
        notifyAll();
    }

    private synchronized void end() {
        running--;
        notifyAll();
    }
}
