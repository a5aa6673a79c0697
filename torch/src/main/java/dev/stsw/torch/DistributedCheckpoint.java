package dev.stsw.torch;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * A checkpoint of {@code torch.distributed.checkpoint} as a source of tensors: a folder of files {@code *.distcp} with
 * pieces of tensors, and the file {@code .metadata} that says which piece lies where. FSDP, torchtitan, Lightning,
 * Accelerate and Megatron-core write them.
 *
 * <p>Opening reads {@code .metadata}, and checks all of it: that each element of each tensor lies in one piece, that the
 * files are there and long enough, and that no two pieces share bytes. {@link #open(String)} then puts a tensor together
 * from its pieces, contiguous and little-endian, through a few megabytes of memory, however the pieces cut it: by rows, by
 * columns or both. A piece itself, and its CRC-32, is looked at when its bytes are read.
 *
 * <p>Without {@link CheckpointOptions#withKey a key} the model is taken, and never what optimizers, schedulers and random
 * generators keep; a key that was saved around it is taken off the names: {@code model.wte} becomes {@code wte}. Objects
 * that are no tensors are pickles, which are reported and not read. {@link CheckpointOptions#shared()} has no meaning: each
 * name has pieces of its own. Nothing in the files is executed.
 *
 * <p>For any number of threads. Closing it closes the files that it has opened.
 */
public final class DistributedCheckpoint implements TensorSource {
    /** The file that describes the others. */
    public static final String METADATA = ".metadata";

    private final String fileName;
    private final FilePool pool;
    private final DistributedFiles files;
    private final Map<String, DistributedTensor> tensors = new LinkedHashMap<>();
    private final List<TensorSpec> specs;
    private final CheckpointReport report;
    private final Streams streams;

    private DistributedCheckpoint(
            CheckpointOptions options, FilePool pool, DistributedFiles files, DistributedSelection found) {
        this.fileName = options.fileName();
        // Pieces lie as they are; what people zipped again is decoded within the least limit.
        this.streams = new Streams(options.spool(0));
        this.pool = pool;
        this.files = files;
        found.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
        this.specs = found.specs();
        this.report = found.report();
    }

    /** Opens a checkpoint with {@link CheckpointOptions#defaults()}. */
    public static DistributedCheckpoint open(CheckpointFolder folder) throws IOException {
        return open(folder, METADATA, CheckpointOptions.defaults());
    }

    /**
     * Opens a checkpoint.
     *
     * @param folder where its files lie
     * @param metadata name of the file that describes them: {@link #METADATA}, or one of a single process, such as {@code
     *     __0.metadata}
     * @param options what to read; their file name is that of the folder in messages
     * @throws CheckpointException if the folder is no checkpoint, is incomplete, damaged or hostile, or lacks what was
     *     asked for
     */
    public static DistributedCheckpoint open(CheckpointFolder folder, String metadata, CheckpointOptions options)
            throws IOException {
        FilePool pool = new FilePool(folder);
        try {
            return open(folder, pool, metadata, options);
        } catch (CheckpointException e) {
            pool.close();
            throw e.in(options.fileName());
        } catch (IOException | RuntimeException | Error e) {
            pool.close();
            throw e;
        }
    }

    private static DistributedCheckpoint open(
            CheckpointFolder folder, FilePool pool, String metadata, CheckpointOptions options) throws IOException {
        DistributedMetadata description;
        try (SeekableByteChannel channel = folder.open(metadata)) {
            description = DistributedMetadata.read(channel, options.strict());
        } catch (NoSuchFileException e) {
            throw new CheckpointException(
                    CheckpointException.Kind.NOT_A_CHECKPOINT,
                    "no distributed checkpoint: it has no " + metadata + ", which is written last");
        }
        DistributedFiles files = new DistributedFiles(pool, options);
        return new DistributedCheckpoint(options, pool, files, DistributedSelection.of(description, files, options));
    }

    /** The tensors in the order in which {@code .metadata} lists them. */
    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    /** {@code format: pt}. */
    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.of(Map.of("format", "pt"));
    }

    /** What was left out or renamed. */
    public CheckpointReport report() {
        return report;
    }

    /**
     * The bytes of one tensor, put together from its pieces.
     *
     * <p>Reading throws a {@link CheckpointException} if a piece is not what {@code .metadata} says, or is damaged.
     */
    @Override
    public ReadableByteChannel open(String name) throws IOException {
        DistributedTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new NoSuchElementException("no tensor " + Quote.text(name) + " in " + fileName);
        }
        List<Piece> pieces = tensor.pieces(files);
        return NamedStream.open(
                fileName, () -> streams.open(tensor.shape(), tensor.type().bytes(), pieces));
    }

    /**
     * Tensors among those opened so far of which not every piece read carries a CRC-32, so that nothing was compared; torch
     * writes one, unless told otherwise. Sorted.
     */
    public Set<String> unproved() {
        return files.unproved();
    }

    /** Always. */
    @Override
    public boolean concurrent() {
        return true;
    }

    @Override
    public void close() throws IOException {
        try {
            streams.close();
        } finally {
            pool.close();
        }
    }
}
