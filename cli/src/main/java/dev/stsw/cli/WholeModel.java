package dev.stsw.cli;

import dev.stsw.cli.FileFaults.Found;
import dev.stsw.cli.ModelFiles.Member;
import dev.stsw.format.TensorSpec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// What is compared or looked at as a whole: a file of any kind, or all files of a model, as one set of tensors.
final class WholeModel implements Closeable {
    private final List<TensorFile> files = new ArrayList<>();
    private final Map<String, Place> tensors = new LinkedHashMap<>();
    private final Map<TensorFile, String> names = new HashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Note> notes = new ArrayList<>();

    private WholeModel() {}

    /// A tensor and the file that it is in.
    record Place(TensorFile file, TensorSpec tensor) {}

    /// @throws IOException what is wrong with a file of it, or with all together
    static WholeModel open(Path named) throws IOException {
        WholeModel model = new WholeModel();
        try {
            if (Pipe.is(named)) {
                model.add(TensorFile.open(Pipe.open(named)), named.toString(), name -> true);
                return model;
            }
            Optional<ArchiveMember> member = ArchiveMember.of(named);
            if (member.isPresent()) {
                model.add(TensorFile.open(member.get()), named.toString(), name -> true);
                return model;
            }
            model.addAll(ModelFiles.of(named));
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void addAll(ModelFiles model) throws IOException {
        ModelInventory inventory = new ModelInventory(model.index());
        notes.addAll(model.notes());
        for (Member member : model.files()) {
            TensorFile file = TensorFile.open(member.path());
            inventory.add(
                    member.name(),
                    Listing.unplaced(file.tensors()),
                    file.input().notes());
            add(file, member.name(), name -> inventory.isTaken(member.name(), name));
        }
        if (model.isModel()) {
            List<Found> faults = new ArrayList<>(model.faults());
            faults.addAll(model.faults(inventory.finish()));
            if (!faults.isEmpty()) {
                throw faults.get(0).fault();
            }
        }
    }

    private void add(TensorFile file, String called, Predicate<String> taken) {
        files.add(file);
        names.put(file, called);
        for (TensorSpec tensor : file.tensors()) {
            if (taken.test(tensor.name())) {
                tensors.put(tensor.name(), new Place(file, tensor));
            }
        }
        notes.addAll(file.input().notes());
        file.source().metadata().ifPresent(entries -> entries.forEach(metadata::putIfAbsent));
    }

    /// In the order of the files.
    Map<String, Place> tensors() {
        return tensors;
    }

    /// What a file of the model is called.
    String nameOf(TensorFile file) {
        return names.getOrDefault(file, "");
    }

    /// Of several files, the first one's counts.
    Map<String, String> metadata() {
        return metadata;
    }

    List<Note> notes() {
        return notes;
    }

    /// Whether it comes through a pipe.
    boolean comesOnce() {
        return files.stream().anyMatch(TensorFile::comesOnce);
    }

    boolean concurrent() {
        return files.stream().allMatch(file -> file.source().concurrent());
    }

    @Override
    public void close() throws IOException {
        Closing.all(files);
    }
}
