package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.model.ModelName;
import dev.stsw.model.ModelName.Shard;
import dev.stsw.stream.ForwardingSource;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What several inputs hold, as one: files, models, shards that no index names.
///
/// @param named as the user did, in that order
/// @param onConflict which tensor counts that two of them have
record SeveralInputs(List<Path> named, OnConflict onConflict) implements Flow.Source {
    /// Which of two tensors of one name counts.
    enum OnConflict {
        ERROR,
        FIRST,
        LAST;

        /// As it is typed.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Path name() {
        return named.get(0);
    }

    @Override
    public Input open(CheckpointOptions options, boolean verify, Path folder) throws IOException {
        requireReadableOnce();
        requireWholeFamilies();
        List<Input> inputs = new ArrayList<>();
        try {
            List<FileFaults.Found> faults = new ArrayList<>();
            for (Path file : named) {
                try {
                    inputs.add(openOne(file, options, verify, folder));
                } catch (FileFaults e) {
                    faults.addAll(e.faults());
                } catch (IOException e) {
                    faults.add(new FileFaults.Found(file.toString(), e));
                }
            }
            if (!faults.isEmpty()) {
                throw new FileFaults(faults);
            }
            return joined(inputs);
        } catch (IOException | RuntimeException e) {
            Closing.after(e, () -> Closing.all(inputs));
            throw e;
        }
    }

    /// A shard is as good as any other file here: its family was looked at.
    private static Input openOne(Path file, CheckpointOptions options, boolean verify, Path folder) throws IOException {
        return isPlainFile(file) && FileKind.of(file) != FileKind.INDEX
                ? Input.openFile(file, options, verify)
                : Input.open(file, options, verify, folder);
    }

    private static boolean isPlainFile(Path file) throws IOException {
        return Files.isRegularFile(file) && !Pipe.is(file);
    }

    /// @throws WrongUsage if a pipe would have to be read twice
    private void requireReadableOnce() throws IOException {
        Set<Path> pipes = new TreeSet<>();
        for (Path file : named) {
            if (Pipe.is(file) && !pipes.add(file)) {
                throw new WrongUsage("'" + file + "' can be read once: name it once");
            }
        }
    }

    /// A name that says 1 of 3 is a promise, which the others named with it, or the files beside it, must keep.
    ///
    /// @throws WrongUsage if a shard is there and was not named
    private void requireWholeFamilies() throws IOException {
        Map<String, SortedSet<Integer>> numbers = new LinkedHashMap<>();
        Map<String, Shard> families = new LinkedHashMap<>();
        for (Path file : named) {
            Optional<Shard> shard = isPlainFile(file) ? shard(file) : Optional.empty();
            if (shard.isPresent()) {
                // As text: no path of Windows has a star in it.
                String path = file.toString();
                int name = String.valueOf(file.getFileName()).length();
                String family =
                        path.substring(0, path.length() - name) + shard.get().family();
                families.putIfAbsent(family, shard.get());
                numbers.computeIfAbsent(family, key -> new TreeSet<>())
                        .add(shard.get().index());
            }
        }
        for (Map.Entry<String, Shard> family : families.entrySet()) {
            List<String> missing = family.getValue().missing(Objects.requireNonNull(numbers.get(family.getKey())));
            if (!missing.isEmpty()) {
                throw new WrongUsage("'" + family.getKey() + "' was named without all of its shards: " + missing.get(0)
                        + (missing.size() > 1 ? ", and " + Units.count(missing.size() - 1, "other") : ""));
            }
        }
    }

    private static Optional<Shard> shard(Path file) {
        return ModelName.of(ModelFiles.Member.of(file).name()).flatMap(ModelName::shard);
    }

    private Input joined(List<Input> inputs) throws IOException {
        Map<String, Integer> owners = owners(inputs);
        List<Note> notes = new ArrayList<>();
        List<TensorSource> parts = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            int at = i;
            String file = named.get(i).toString();
            notes.addAll(inputs.get(i).notes());
            TensorSource source = inputs.get(i).source();
            for (TensorSpec tensor : source.tensors()) {
                int owner = Objects.requireNonNull(owners.get(tensor.name()));
                if (owner != at) {
                    notes.add(new Note(Note.DROPPED, tensor.name(), "of " + file + "; taken from " + named.get(owner)));
                }
            }
            // In the order in which they are written, so that the last of a pipe's is the last that is read.
            TensorSource taken = TensorSources.inReferenceOrder(
                    TensorSources.select(source, name -> Objects.requireNonNull(owners.get(name)) == at));
            parts.add(new BlamedSource(file, inputs.get(i).toTheEnd(taken)));
        }
        Optional<Map<String, String>> metadata = metadata(inputs, notes);
        String kinds = inputs.stream().map(Input::kind).distinct().collect(Collectors.joining(", "));
        TensorSource whole = TensorSources.withMetadata(TensorSources.concat(parts), metadata);
        return new Input(
                Units.count(inputs.size(), "input") + " (" + kinds + ")",
                inputs.stream().anyMatch(Input::isReadOnce) ? new ReadOnce(whole) : whole,
                notes,
                () -> Closing.all(inputs));
    }

    /// Which input each tensor is taken from.
    private Map<String, Integer> owners(List<Input> inputs) {
        Map<String, Integer> owners = new HashMap<>();
        List<String> doubles = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            for (TensorSpec tensor : inputs.get(i).source().tensors()) {
                Integer other = owners.putIfAbsent(tensor.name(), i);
                if (other != null && onConflict == OnConflict.LAST) {
                    owners.put(tensor.name(), i);
                } else if (other != null && onConflict == OnConflict.ERROR) {
                    doubles.add("tensor " + TensorSpec.quote(tensor.name()) + " is in " + named.get(other) + " and in "
                            + named.get(i));
                }
            }
        }
        if (!doubles.isEmpty()) {
            throw new WrongUsage(
                    doubles.get(0) + (doubles.size() > 1 ? "; and so for " + (doubles.size() - 1) + " more" : "")
                            + ": --on-conflict first or last takes one of them");
        }
        return owners;
    }

    private Optional<Map<String, String>> metadata(List<Input> inputs, List<Note> notes) {
        Map<String, String> joined = new LinkedHashMap<>();
        boolean present = false;
        for (int i = 0; i < inputs.size(); i++) {
            Optional<Map<String, String>> entries = inputs.get(i).source().metadata();
            present |= entries.isPresent();
            String file = named.get(i).toString();
            entries.orElse(Map.of()).forEach((key, value) -> {
                String other = joined.putIfAbsent(key, value);
                if (other != null && !other.equals(value)) {
                    boolean last = onConflict == OnConflict.LAST;
                    joined.put(key, last ? value : other);
                    notes.add(new Note(
                            Note.WARNING,
                            key,
                            "metadata of " + file + " differs from an earlier input's, and was "
                                    + (last ? "taken" : "left out")));
                }
            });
        }
        return present ? Optional.of(joined) : Optional.empty();
    }

    /// What partly comes through a pipe.
    static final class ReadOnce extends ForwardingSource {
        ReadOnce(TensorSource source) {
            super(source);
        }
    }
}
