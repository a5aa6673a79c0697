package dev.stsw.cli;

import dev.stsw.cli.ModelFiles.Member;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Puts a model of several files together, after comparing what they hold with the index.
final class ShardedInput {
    private final ModelFiles model;
    private final ModelInventory inventory;
    private final List<Input> shards = new ArrayList<>();
    private final List<Note> notes;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private boolean hasMetadata;

    private ShardedInput(ModelFiles model) {
        this.model = model;
        this.inventory = new ModelInventory(model.index());
        this.notes = new ArrayList<>(model.notes());
    }

    static Input open(ModelFiles model, CheckpointOptions options, boolean verify) throws IOException {
        ShardedInput sharded = new ShardedInput(model);
        try {
            return sharded.join(options.withStripPrefix("").withFilter(name -> true), verify);
        } catch (IOException | RuntimeException e) {
            Closing.after(e, sharded::close);
            throw e;
        }
    }

    private Input join(CheckpointOptions options, boolean verify) throws IOException {
        openAll(options, verify);
        List<String> problems = inventory.finish();
        if (!problems.isEmpty()) {
            throw new FileFaults(model.faults(problems));
        }
        notes.addAll(inventory.notes());
        List<TensorSource> parts = new ArrayList<>();
        for (int i = 0; i < shards.size(); i++) {
            parts.add(taken(model.files().get(i).name(), shards.get(i).source()));
        }
        TensorSource joined = TensorSources.withMetadata(
                TensorSources.concat(parts), hasMetadata ? Optional.of(metadata) : Optional.empty());
        String kind =
                Units.count(shards.size(), "shard") + " of " + shards.get(0).kind();
        return new Input(kind, joined, notes, this::close);
    }

    /// Without the tensors that the index takes from another shard.
    private TensorSource taken(String file, TensorSource shard) {
        return shard.tensors().stream().allMatch(tensor -> inventory.isTaken(file, tensor.name()))
                ? shard
                : TensorSources.select(shard, tensor -> inventory.isTaken(file, tensor));
    }

    /// All of them, so that each that is bad is named.
    private void openAll(CheckpointOptions options, boolean verify) throws IOException {
        List<FileFaults.Found> faults = new ArrayList<>(model.faults());
        for (Member file : model.files()) {
            try {
                Input shard = blamed(file.path(), Input.openFile(file.path(), options, verify));
                shards.add(shard);
                inventory.add(file.name(), Listing.unplaced(shard.source().tensors()), shard.notes());
                takeNotes(file, shard);
            } catch (IOException e) {
                faults.add(new FileFaults.Found(file.path().toString(), e));
            }
        }
        if (!faults.isEmpty()) {
            throw new FileFaults(faults);
        }
    }

    private static Input blamed(Path file, Input shard) {
        return new Input(
                shard.kind(), new BlamedSource(file.toString(), shard.source()), shard.notes(), shard.resource());
    }

    private void takeNotes(Member file, Input shard) {
        for (Note note : shard.notes()) {
            if (note.kind().equals(Note.PREFIX) && notes.contains(note)) {
                continue; // All shards have the same.
            }
            notes.add(
                    note.kind().equals(Note.REPAIRED) || note.subject().isEmpty()
                            ? new Note(note.kind(), note.subject(), file.name() + ": " + note.detail())
                            : note);
        }
        shard.source().metadata().ifPresent(entries -> takeMetadata(file, entries));
    }

    private void takeMetadata(Member file, Map<String, String> entries) {
        hasMetadata = true;
        entries.forEach((key, value) -> {
            String other = metadata.putIfAbsent(key, value);
            if (other != null && !other.equals(value)) {
                notes.add(
                        new Note(Note.WARNING, key, "metadata of " + file.name() + " differs from an earlier shard's"));
            }
        });
    }

    /// All of them, whatever becomes of one.
    private void close() throws IOException {
        Closing.all(shards);
    }
}
