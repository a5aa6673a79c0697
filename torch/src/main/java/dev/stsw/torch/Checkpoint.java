package dev.stsw.torch;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/** A PyTorch checkpoint as a source of tensors. */
public final class Checkpoint implements TensorSource {
    private final SeekableByteChannel channel;

    private Checkpoint(SeekableByteChannel channel) {
        this.channel = channel;
    }

    /** Opens a checkpoint with the default options. */
    public static Checkpoint open(SeekableByteChannel channel) throws IOException {
        return open(channel, CheckpointOptions.defaults());
    }

    /** Opens a checkpoint. */
    public static Checkpoint open(SeekableByteChannel channel, CheckpointOptions options) throws IOException {
        if (channel.size() == 0) {
            throw new CheckpointException(
                    options.fileName(), CheckpointException.Kind.NOT_A_CHECKPOINT, "the file is empty");
        }
        return new Checkpoint(channel);
    }

    @Override
    public List<TensorSpec> tensors() {
        return List.of();
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    /** What was left out, shared or renamed. */
    public CheckpointReport report() {
        return new CheckpointReport("zip", "", List.of(), List.of(), Map.of(), Map.of(), Set.of(), List.of());
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        throw new NoSuchElementException(name);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
