package dev.stsw.torch;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A PyTorch checkpoint as a source of tensors: any file that {@code torch.save} or {@code torch.jit.save} wrote, and
 * pickles of tensors or of NumPy's arrays, also within an {@code .npy} or {@code .npz}.
 *
 * <p>Opening reads the description of the contents, never the tensors' bytes, and checks all of it: names, dtypes,
 * shapes, and that each tensor lies inside the file. Then {@link #open(String)} streams one tensor after the other,
 * contiguous and little-endian, through a few megabytes of memory at most. Nothing in the file is executed.
 *
 * <p>For one thread at a time, but for what {@link #concurrent()} allows. Closing the checkpoint closes the channel that it was opened with.
 */
public final class Checkpoint implements TensorSource {
    private final SeekableByteChannel channel;
    private final String fileName;
    private final Map<String, View> views = new LinkedHashMap<>();
    private final List<TensorSpec> tensors;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final CheckpointReport report;
    private final Streams streams;

    private Checkpoint(SeekableByteChannel channel, Spool spool, String fileName, Selection selection)
            throws CheckpointException {
        this.channel = channel;
        this.streams = new Streams(spool);
        this.fileName = fileName;
        for (Found.Named tensor : selection.tensors()) {
            views.put(tensor.name(), tensor.view());
            streams.announce(tensor.view());
        }
        this.tensors = selection.specs();
        this.report = selection.report();
        // As the reference's converter writes it, down to a tensor called 'format' not replacing the entry.
        if (!report.container().startsWith("np")) {
            metadata.put("format", "pt"); // NumPy's files come without, and the reference writes none of arrays.
        }
        report.shared().forEach(metadata::putIfAbsent);
    }

    /** Opens a file with {@link CheckpointOptions#defaults()}. See {@link #open(Path, CheckpointOptions)}. */
    public static Checkpoint open(Path file) throws IOException {
        return open(file, CheckpointOptions.defaults());
    }

    /**
     * Opens a file, which {@link #close()} closes.
     *
     * @param file a checkpoint; for folders see {@link DistributedCheckpoint} and {@link DeepSpeedCheckpoint}
     * @param options what to read; messages name the file, whatever {@link CheckpointOptions#withFileName} said
     * @throws CheckpointException if the file is no checkpoint, is damaged or hostile, or lacks what was asked for
     */
    public static Checkpoint open(Path file, CheckpointOptions options) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return open(channel, options.withFileName(file.toString()));
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** Opens a checkpoint with {@link CheckpointOptions#defaults()}. */
    public static Checkpoint open(SeekableByteChannel channel) throws IOException {
        return open(channel, CheckpointOptions.defaults());
    }

    /**
     * Opens a checkpoint. If that fails, the channel stays open: it is still the caller's.
     *
     * @param channel the file, from its byte 0 whatever its position; from now on only for the checkpoint to use
     * @param options what to read
     * @throws CheckpointException if the file is no checkpoint, is damaged or hostile, or lacks what was asked for
     */
    public static Checkpoint open(SeekableByteChannel channel, CheckpointOptions options) throws IOException {
        try {
            return open(channel, options, options.spool(channel.size()));
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            throw NamedStream.interrupted(options.fileName(), e);
        }
    }

    private static Checkpoint open(SeekableByteChannel channel, CheckpointOptions options, Spool spool)
            throws IOException {
        try {
            return new Checkpoint(channel, spool, options.fileName(), Selection.read(channel, spool, options));
        } catch (CheckpointException e) {
            spool.close();
            throw e.in(options.fileName());
        } catch (IOException | RuntimeException e) {
            spool.close();
            throw e;
        }
    }

    /** The tensors in the order in which the checkpoint lists them. */
    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    /** {@code format: pt}, and for each name that was removed because its tensor has another, that other name. */
    @Override
    public Optional<Map<String, String>> metadata() {
        // Not Map.copyOf, whose order changes from run to run: the same input makes the same file.
        return Optional.of(Collections.unmodifiableMap(metadata));
    }

    /** What was left out, shared or renamed. */
    public CheckpointReport report() {
        return report;
    }

    /**
     * The bytes of one tensor, straight from the file where they lie there as they are to be.
     *
     * <p>Opening and reading throw a {@link CheckpointException} if the file has become shorter, or if its data is
     * damaged, and an {@link java.io.InterruptedIOException} if the thread is interrupted, which closes the file.
     */
    @Override
    public ReadableByteChannel open(String name) throws IOException {
        View view = views.get(name);
        if (view == null) {
            throw new NoSuchElementException("no tensor " + Quote.text(name) + " in " + fileName);
        }
        return NamedStream.open(fileName, () -> streams.open(view));
    }

    /** If the file is a {@link FileChannel}, which is read at positions. */
    @Override
    public boolean concurrent() {
        return Section.isConcurrent(channel);
    }

    /** Closes the channel that the checkpoint was opened with. */
    @Override
    public void close() throws IOException {
        try {
            streams.close();
        } finally {
            channel.close();
        }
    }
}
