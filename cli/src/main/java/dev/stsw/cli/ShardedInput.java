package dev.stsw.cli;

import dev.stsw.TensorSources;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Puts a model of several files together, after comparing what they hold with the index.
final class ShardedInput {
    private final ModelFiles model;
    private final ShardIndex index;
    private final List<Input> shards = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private boolean hasMetadata;
    /// Tensors that the index names and that were not found yet.
    private final Set<String> missing;

    private ShardedInput(ModelFiles model, ShardIndex index) {
        this.model = model;
        this.index = index;
        this.missing = new HashSet<>(index.files().keySet());
    }

    static Input open(ModelFiles model, CheckpointOptions options, boolean verify) throws IOException {
        ShardedInput sharded = new ShardedInput(model, model.index().orElseThrow());
        try {
            return sharded.join(options.withStripPrefix("").withFilter(name -> true), verify);
        } catch (IOException | RuntimeException e) {
            sharded.close();
            throw e;
        }
    }

    private Input join(CheckpointOptions options, boolean verify) throws IOException {
        for (Path file : model.files()) {
            Input shard = Input.openFile(file, options, verify);
            shards.add(shard);
            compare(file.getFileName().toString(), shard);
            shard.source().metadata().ifPresent(entries -> takeMetadata(file, entries));
        }
        if (!missing.isEmpty()) {
            String name = missing.stream().sorted().findFirst().orElseThrow();
            throw fault("tensor " + TensorSpec.quote(name) + " is not in its shard "
                    + index.files().get(name)
                    + (missing.size() > 1 ? ", and " + (missing.size() - 1) + " others are missing too" : ""));
        }
        TensorSource joined =
                TensorSources.withMetadata(concat(), hasMetadata ? Optional.of(metadata) : Optional.empty());
        String kind =
                Units.count(shards.size(), "shard") + " of " + shards.get(0).kind();
        return new Input(kind, joined, notes, this::close);
    }

    private TensorSource concat() throws HeaderException {
        try {
            return TensorSources.concat(shards.stream().map(Input::source).toList());
        } catch (IllegalArgumentException e) {
            throw fault("a tensor is in two shards: " + e.getMessage());
        }
    }

    private void compare(String file, Input shard) throws HeaderException {
        for (TensorSpec tensor : shard.source().tensors()) {
            String expected = index.files().get(tensor.name());
            if (expected == null) {
                notes.add(new Note(Note.WARNING, tensor.name(), "in " + file + ", but not in the index"));
            } else if (!expected.equals(file)) {
                throw fault("tensor " + TensorSpec.quote(tensor.name()) + " is in shard " + file + ", expected in "
                        + expected);
            }
            missing.remove(tensor.name());
        }
        for (Note note : shard.notes()) {
            if (note.kind().equals(Note.SHARED)) {
                missing.remove(note.subject());
            }
            if (note.kind().equals(Note.PREFIX) && notes.contains(note)) {
                continue; // All shards have the same.
            }
            notes.add(
                    note.kind().equals(Note.REPAIRED) || note.subject().isEmpty()
                            ? new Note(note.kind(), note.subject(), file + ": " + note.detail())
                            : note);
        }
    }

    private void takeMetadata(Path file, Map<String, String> entries) {
        hasMetadata = true;
        entries.forEach((key, value) -> {
            String other = metadata.putIfAbsent(key, value);
            if (other != null && !other.equals(value)) {
                notes.add(new Note(
                        Note.WARNING, key, "metadata of " + file.getFileName() + " differs from an earlier shard's"));
            }
        });
    }

    private HeaderException fault(String problem) {
        return new HeaderException(model.named().toString(), Fault.MALFORMED, problem);
    }

    private void close() throws IOException {
        for (Input shard : shards) {
            shard.close();
        }
    }
}
