package dev.stsw.torch;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A folder that DeepSpeed saved under ZeRO as a source of tensors: {@code …_optim_states.pt} of each process with its part of
 * the weights, and {@code …_model_states.pt} with their shapes. Given out is what DeepSpeed's own {@code zero_to_fp32.py}
 * makes of it: the weights in F32, as the optimizer has them, and the buffers, which keep their dtype here.
 *
 * <p>Stages 1, 2 and 3; with frozen and with shared parameters; not with model or pipeline parallelism, and no universal
 * checkpoints. Opening reads what describes the tensors; {@link #open(String)} puts one together from the parts of all
 * processes, through a few megabytes of memory. Nothing in the files is executed.
 *
 * <p>For any number of threads. Closing it closes the files that it has opened.
 */
public final class DeepSpeedCheckpoint implements TensorSource {
    private final String fileName;
    private final FilePool pool;
    private final DeepSpeedTensors tensors;
    private final Map<String, TensorSpec> byName = new LinkedHashMap<>();
    private final Streams streams;

    private DeepSpeedCheckpoint(String fileName, FilePool pool, Spool spool, DeepSpeedTensors tensors) {
        this.fileName = fileName;
        this.pool = pool;
        this.tensors = tensors;
        this.streams = new Streams(spool);
        tensors.specs().forEach(spec -> byName.put(spec.name(), spec));
    }

    /** Whether a folder with files of these names is such a checkpoint. */
    public static boolean isIn(Collection<String> names) {
        return DeepSpeedFiles.areIn(names);
    }

    /**
     * Opens a checkpoint.
     *
     * @param folder where its files lie
     * @param names of the files in it; others do not matter
     * @param options what to read; their file name is that of the folder in messages, and a key has no meaning
     * @throws CheckpointException if the folder is no such checkpoint, is incomplete, damaged or hostile
     */
    public static DeepSpeedCheckpoint open(CheckpointFolder folder, Collection<String> names, CheckpointOptions options)
            throws IOException {
        FilePool pool = new FilePool(folder);
        // torch writes none of these deflated, and DeepSpeed neither: what people zipped again, within the least limit.
        Spool spool = options.spool(0);
        try {
            DeepSpeedTensors tensors = DeepSpeedTensors.read(pool, spool, List.copyOf(names), options);
            return new DeepSpeedCheckpoint(options.fileName(), pool, spool, tensors);
        } catch (IOException | RuntimeException | Error e) {
            spool.close();
            pool.close();
            if (e instanceof CheckpointException fault) {
                throw fault.in(options.fileName());
            }
            throw e;
        }
    }

    /** The parameters that were not trained, those that were, then the buffers. */
    @Override
    public List<TensorSpec> tensors() {
        return tensors.specs();
    }

    /** {@code format: pt}, and for each name that was removed because its tensor has another, that other name. */
    @Override
    public Optional<Map<String, String>> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        tensors.ties().forEach(metadata::putIfAbsent);
        return Optional.of(Collections.unmodifiableMap(metadata));
    }

    /** What was left out, shared or renamed. */
    public CheckpointReport report() {
        return tensors.report();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        TensorSpec spec = byName.get(name);
        List<Piece> pieces = tensors.pieces().get(name);
        if (spec == null || pieces == null) {
            throw new NoSuchElementException("no tensor " + Quote.text(name) + " in " + fileName);
        }
        return NamedStream.open(fileName, () -> new Chain(spec.byteSize(), pieces, streams));
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
