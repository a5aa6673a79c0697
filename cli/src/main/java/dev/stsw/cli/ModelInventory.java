package dev.stsw.cli;

import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the files of a model hold, compared with what its index says. The index decides where a tensor is in two files.
final class ModelInventory {
    private final Optional<ShardIndex> index;
    /// The file of each tensor that is where it should be.
    private final Map<String, String> owners = new HashMap<>();
    /// Tensors in a file that the index does not name for them, and one such file.
    private final Map<String, String> strays = new LinkedHashMap<>();
    /// What is wrong about tensors in two files, where no index decides.
    private final Map<String, String> doubles = new LinkedHashMap<>();
    /// Other names of tensors, which the index may name as well.
    private final Set<String> aliases = new HashSet<>();
    private final Set<String> unreadable = new HashSet<>();
    private final List<Note> notes = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long bytes;
    private long aliasBytes;

    ModelInventory(Optional<ShardIndex> index) {
        this.index = index;
    }

    /// @param file as the index has it
    /// @param remarks what opening it told
    void add(String file, Collection<TensorMeta> tensors, List<Note> remarks) {
        Map<String, Long> sizes = new HashMap<>();
        for (TensorMeta tensor : tensors) {
            add(file, tensor);
            sizes.put(tensor.name(), tensor.byteSize());
        }
        for (Note note : remarks) {
            if (note.kind().equals(Note.SHARED) && aliases.add(note.subject())) {
                aliasBytes += sizes.getOrDefault(note.detail(), 0L);
            }
        }
    }

    private void add(String file, TensorMeta tensor) {
        String name = tensor.name();
        String expected =
                index.map(ShardIndex::files).map(files -> files.get(name)).orElse(null);
        if (expected != null && !expected.equals(file)) {
            strays.put(name, file);
            return;
        }
        if (expected == null && index.isPresent()) {
            notes.add(new Note(Note.WARNING, name, "in " + file + ", but not in the index"));
        }
        String other = owners.putIfAbsent(name, file);
        if (other == null) {
            bytes += tensor.byteSize();
        } else {
            doubles.putIfAbsent(
                    name,
                    "tensor " + TensorSpec.quote(name) + " is in two files, " + other + " and " + file
                            + ", and no index says which one counts");
        }
    }

    /// A file that is missing, or too bad to say what it holds.
    void addUnreadable(String file) {
        unreadable.add(file);
    }

    /// Whether a tensor is taken from this file.
    boolean isTaken(String file, String tensor) {
        return file.equals(owners.get(tensor));
    }

    /// Looks at everything, after all files were added.
    ///
    /// @return what makes the model bad, a sentence each
    List<String> finish() {
        addProblem(doubles.values().stream().toList());
        index.ifPresent(this::compare);
        return List.copyOf(problems);
    }

    /// One sentence stands for all of its kind: there may be thousands.
    private void addProblem(List<String> sentences) {
        if (!sentences.isEmpty()) {
            int more = sentences.size() - 1;
            problems.add(sentences.get(0) + (more > 0 ? "; and so for " + more + " more" : ""));
        }
    }

    private void compare(ShardIndex files) {
        List<String> misplaced = new ArrayList<>();
        strays.forEach((tensor, file) -> {
            String expected = String.valueOf(files.files().get(tensor));
            if (owners.containsKey(tensor)) {
                notes.add(new Note(Note.WARNING, tensor, "also in " + file + "; the index takes that of " + expected));
            } else if (!unreadable.contains(expected)) {
                misplaced.add(
                        "tensor " + TensorSpec.quote(tensor) + " is in shard " + file + ", expected in " + expected);
            }
        });
        addProblem(misplaced);
        addProblem(files.files().entrySet().stream()
                .filter(tensor -> !owners.containsKey(tensor.getKey())
                        && !aliases.contains(tensor.getKey())
                        && !strays.containsKey(tensor.getKey())
                        && !unreadable.contains(tensor.getValue()))
                .map(tensor ->
                        "tensor " + TensorSpec.quote(tensor.getKey()) + " is not in its shard " + tensor.getValue())
                .toList());
        if (problems.isEmpty() && unreadable.isEmpty()) {
            compareSize(files);
        }
    }

    /// Often wrong, and nothing depends on it. Tied tensors are counted once or twice.
    private void compareSize(ShardIndex files) {
        if (files.totalSize().isEmpty()) {
            notes.add(new Note(
                    Note.WARNING, "total_size", "the index does not say it as a number of bytes; it is " + bytes));
            return;
        }
        long said = files.totalSize().getAsLong();
        if (said != bytes && said != bytes + aliasBytes) {
            notes.add(new Note(
                    Note.WARNING,
                    "total_size",
                    "the index says " + said + ", but the tensors have " + bytes + " bytes"));
        }
    }

    List<Note> notes() {
        return List.copyOf(notes);
    }
}
