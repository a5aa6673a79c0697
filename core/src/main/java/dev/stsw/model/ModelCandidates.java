package dev.stsw.model;

import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.SafetensorsException;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorSpec;
import dev.stsw.model.FoundModel.About;
import dev.stsw.model.FoundModel.Remark;
import dev.stsw.model.ModelCandidate.How;
import dev.stsw.model.ModelCandidate.State;
import dev.stsw.model.ModelName.Form;
import dev.stsw.model.ModelName.Role;
import dev.stsw.model.ModelName.Shard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Everything in a folder that may be its model. Opens no file but indexes.
final class ModelCandidates {
    /// `model.safetensors.index.json`, `pytorch_model.bin.index.fp16.json`.
    private static final Pattern INDEX =
            Pattern.compile("(.+?)(?:\\.(safetensors|bin|pt|pth))?\\.index(\\.[^.]+)?\\.json");

    private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}._/+@=-]{1,200}");

    private final ModelFolder folder;
    private final List<ModelCandidate> all = new ArrayList<>();
    private final List<Remark> remarks = new ArrayList<>();
    /// Files that an index speaks of: they are no candidates of their own.
    private final Set<String> indexed = new HashSet<>();
    /// Of each model of several files, the numbers of those that are there, in an index or not.
    private final Map<String, SortedSet<Integer>> numbers = new HashMap<>();

    private ModelCandidates(ModelFolder folder) {
        this.folder = folder;
    }

    static ModelCandidates of(ModelFolder folder) throws IOException {
        ModelCandidates candidates = new ModelCandidates(folder);
        candidates.collect();
        return candidates;
    }

    /// Those beside the model of an index, whose files are none.
    ///
    /// @param index its name
    static ModelCandidates beside(ModelFolder folder, String index, ModelCandidate model) throws IOException {
        ModelCandidates candidates = new ModelCandidates(folder);
        candidates.indexed.addAll(model.expected());
        candidates.collect();
        candidates.all.removeIf(other -> other.label().equals(index));
        return candidates;
    }

    List<ModelCandidate> all() {
        return all;
    }

    /// What was seen besides.
    List<Remark> remarks() {
        return remarks;
    }

    private void collect() throws IOException {
        List<ModelName> names = new ArrayList<>();
        for (String file : folder.files()) {
            Matcher index = INDEX.matcher(file);
            if (index.matches()) {
                addIndex(file, index);
            } else {
                ModelName.of(file).ifPresent(names::add);
            }
        }
        Set<String> indexedFamilies = new HashSet<>();
        for (String file : indexed) {
            ModelName.of(file).flatMap(ModelName::shard).ifPresent(shard -> indexedFamilies.add(shard.family()));
        }
        Map<String, List<ModelName>> sets = new LinkedHashMap<>();
        for (ModelName name : names) {
            name.shard()
                    .ifPresent(shard -> numbers.computeIfAbsent(shard.family(), key -> new TreeSet<>())
                            .add(shard.index()));
            if (name.role() == Role.TRAINING) {
                remarks.add(new Remark(About.UNUSED, name.file(), "training state"));
            } else if (!indexed.contains(name.file())) {
                sets.computeIfAbsent(name.shard().map(Shard::family).orElse(name.file()), key -> new ArrayList<>())
                        .add(name);
            }
        }
        sets.values().forEach(set -> addFiles(set, indexedFamilies));
    }

    private void addIndex(String file, Matcher name) throws IOException {
        Optional<String> fault = folder.fault(file);
        State state = State.INCOMPLETE;
        try {
            if (fault.isEmpty()) {
                ModelCandidate candidate = indexed(folder, file, folder.index(file));
                all.add(candidate);
                indexed.addAll(candidate.expected());
            }
        } catch (SafetensorsException e) {
            fault = Optional.of("is no index: " + e.problem());
            state = e instanceof HeaderException bad && bad.fault() == Fault.MALFORMED
                    ? State.HOSTILE
                    : State.INCOMPLETE;
        }
        if (fault.isPresent() && name.group(2) != null) { // else it may be the index of anything
            all.add(new ModelCandidate(
                    How.INDEX,
                    stem(name),
                    ModelName.form(name.group(2)),
                    file,
                    List.of(),
                    List.of(),
                    state,
                    List.of(file + " " + fault.get()),
                    Optional.empty()));
        }
    }

    private static String stem(Matcher indexName) {
        String variant = indexName.group(3);
        return indexName.group(1) + (variant == null ? "" : variant);
    }

    static ModelCandidate indexed(ModelFolder folder, String file, ShardIndex index) {
        List<String> there = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        State state = State.COMPLETE;
        for (String shard : index.shards()) {
            boolean isIndex = shard.endsWith(ShardIndex.SUFFIX);
            Optional<String> fault = isIndex ? Optional.of("is itself an index") : folder.fault(shard);
            if (fault.isEmpty()) {
                there.add(shard);
                continue;
            }
            problems.add("its shard " + shown(shard) + " " + fault.get());
            if (state != State.HOSTILE) {
                boolean absent = state != State.INCOMPLETE && fault.get().equals(ModelFolder.MISSING);
                state = isIndex ? State.HOSTILE : absent ? State.ABSENT : State.INCOMPLETE;
            }
        }
        if (state == State.ABSENT && !there.isEmpty()) {
            state = State.INCOMPLETE;
        }
        Matcher name = INDEX.matcher(file);
        String stem = name.matches() ? stem(name) : file;
        return new ModelCandidate(
                How.INDEX, stem, form(name, index), file, index.shards(), there, state, problems, Optional.of(index));
    }

    /// A name as it is, unless that would not be clear.
    private static String shown(String shard) {
        return PLAIN.matcher(shard).matches() ? shard : TensorSpec.quote(shard);
    }

    private static Form form(Matcher indexName, ShardIndex index) {
        if (indexName.matches() && indexName.group(2) != null) {
            return ModelName.form(indexName.group(2));
        }
        return index.shards().stream()
                .map(shard -> ModelName.form(shard.substring(shard.lastIndexOf('.') + 1)))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /// One file, or several whose names say that they belong together.
    private void addFiles(List<ModelName> names, Set<String> indexedFamilies) {
        ModelName first = names.get(0);
        if (first.shard()
                .filter(shard -> indexedFamilies.contains(shard.family()))
                .isPresent()) {
            remarks.add(
                    new Remark(About.UNUSED, first.file(), files(names.size()) + "not in the index of its siblings"));
            return; // Part of a model that an index describes; it would not be all of it.
        }
        List<String> problems = new ArrayList<>();
        List<String> there = new ArrayList<>();
        for (ModelName name : names) {
            Optional<String> fault = folder.fault(name.file());
            fault.ifPresent(sentence -> problems.add(name.file() + " " + sentence));
            if (fault.isEmpty()) {
                there.add(name.file());
            }
        }
        Optional<Shard> shard = first.shard();
        if (shard.isPresent()) {
            problems.addAll(shard.get().missing(numbers.getOrDefault(shard.get().family(), new TreeSet<>())));
            if (shard.get().count() == 0 && problems.isEmpty() && names.size() > 1) {
                problems.add(first.file() + " and " + (names.size() - 1)
                        + " more hold slices of each tensor, one for each device, which cannot be joined");
            }
        }
        boolean several =
                names.size() > 1 || shard.filter(one -> one.count() > 0).isPresent();
        How how = several ? How.SHARDS : How.FILE;
        State state = problems.isEmpty() ? State.COMPLETE : State.INCOMPLETE;
        all.add(new ModelCandidate(
                how,
                first.stem(),
                first.form(),
                first.file(),
                names.stream().map(ModelName::file).toList(),
                there,
                state,
                problems,
                Optional.empty()));
    }

    /// `3 files, `, and nothing where it is one.
    static String files(int count) {
        return count > 1 ? count + " files, " : "";
    }
}
