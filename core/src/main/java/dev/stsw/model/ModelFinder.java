package dev.stsw.model;

import dev.stsw.model.FoundModel.About;
import dev.stsw.model.FoundModel.Remark;
import dev.stsw.model.ModelCandidate.How;
import dev.stsw.model.ModelName.Form;
import dev.stsw.model.ModelName.Shard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decides which files of a folder are its model: an index that fits, else shards that are complete by their names,
/// else the only file; safetensors before `.bin`. Opens no file but indexes, and prints nothing.
public final class ModelFinder {
    /// Which of several candidates for one model is taken.
    private static final Comparator<ModelCandidate> PREFERENCE = Comparator.comparing(ModelCandidate::form)
            .thenComparing(ModelCandidate::how)
            .thenComparingInt(ModelCandidate::usual);

    private final ModelFolder folder;
    private final List<ModelCandidate> candidates;
    private final List<Remark> remarks;

    private ModelFinder(ModelFolder folder, ModelCandidates candidates) {
        this.folder = folder;
        this.candidates = candidates.all();
        this.remarks = candidates.remarks();
    }

    /// Looks for the model of a folder.
    public static FoundModel find(ModelFolder folder) throws IOException {
        return new ModelFinder(folder, ModelCandidates.of(folder)).choose();
    }

    /// Takes the model of an index.
    ///
    /// @throws dev.stsw.format.SafetensorsException if it is none
    public static FoundModel find(ModelFolder folder, String index) throws IOException {
        ModelCandidate named = ModelCandidates.indexed(folder, index, folder.index(index));
        return new ModelFinder(folder, ModelCandidates.beside(folder, index, named)).taken(named);
    }

    private FoundModel choose() throws IOException {
        int rank = candidates.stream().mapToInt(ModelCandidate::rank).min().orElse(-1);
        List<ModelCandidate> best = bestOfEach(candidates.stream()
                .filter(candidate -> candidate.rank() == rank)
                .toList());
        if (best.isEmpty()) {
            return FoundModel.refused(nothing());
        }
        if (best.size() > 1 && best.stream().anyMatch(ModelCandidate::complete)) {
            return FoundModel.refused(
                    "holds more than one model (" + best.get(0).label() + ", "
                            + best.get(1).label() + (best.size() > 2 ? ", …" : "") + "): name a file");
        }
        return taken(best.get(0));
    }

    /// Of one model in several forms, one that is complete will do; and beside a safe form, others are not looked at.
    private static List<ModelCandidate> bestOfEach(List<ModelCandidate> candidates) {
        Map<String, List<ModelCandidate>> families = new LinkedHashMap<>();
        candidates.forEach(candidate -> families.computeIfAbsent(candidate.family(), key -> new ArrayList<>())
                .add(candidate));
        List<ModelCandidate> best = new ArrayList<>();
        for (List<ModelCandidate> family : families.values()) {
            family.stream()
                    .filter(one -> family.stream().noneMatch(rival -> isBetter(rival, one)))
                    .forEach(best::add);
        }
        List<ModelCandidate> safe =
                best.stream().filter(one -> one.form() == Form.SAFETENSORS).toList();
        return safe.isEmpty() ? best : safe;
    }

    private static boolean isBetter(ModelCandidate one, ModelCandidate other) {
        if (one.decides() != other.decides()) {
            return one.decides();
        }
        int more = one.decides()
                ? 0
                : Integer.compare(one.files().size(), other.files().size());
        return more > 0 || (more == 0 && PREFERENCE.compare(one, other) < 0);
    }

    private String nothing() throws IOException {
        List<String> folders = folder.foldersWithTensors();
        if (!folders.isEmpty()) {
            return "a folder without a model of its own; name one of the folders in it that hold tensors: "
                    + String.join(", ", folders);
        }
        return remarks.isEmpty()
                ? "a folder without a model in it"
                : "a folder without a model in it: " + remarks.get(0).subject() + " is training state";
    }

    private FoundModel taken(ModelCandidate model) {
        List<Remark> all = new ArrayList<>();
        all.add(new Remark(About.TAKEN, model.label(), model.description()));
        for (ModelCandidate other : candidates) {
            if (!other.equals(model)) {
                all.add(left(other, model));
            }
        }
        model.index().flatMap(index -> promised(model)).ifPresent(all::add);
        all.addAll(remarks);
        return new FoundModel(
                model.index().map(index -> model.label()),
                model.index(),
                model.expected(),
                model.files(),
                model.problems(),
                all,
                Optional.empty());
    }

    /// An index may leave out shards that the others' names speak of: it decides, but that is odd.
    private static Optional<Remark> promised(ModelCandidate model) {
        Optional<Shard> shard = model.files().stream()
                .flatMap(file -> ModelName.of(file).flatMap(ModelName::shard).stream())
                .findFirst();
        List<String> missing =
                shard.map(one -> one.missing(one.numbers(model.files()))).orElse(List.of());
        return missing.isEmpty() || !model.complete()
                ? Optional.empty()
                : Optional.of(new Remark(
                        About.WARNING,
                        model.label(),
                        "names fewer shards than their names promise: " + missing.get(0)));
    }

    private static Remark left(ModelCandidate other, ModelCandidate taken) {
        if (!other.complete()) {
            String first = other.problems().get(0);
            int more = other.problems().size() - 1;
            return new Remark(
                    About.WARNING, other.label(), "unused: " + first + (more > 0 ? ", and " + more + " more" : ""));
        }
        return new Remark(
                About.UNUSED, other.label(), ModelCandidates.files(other.files().size()) + reason(other, taken));
    }

    private static String reason(ModelCandidate other, ModelCandidate taken) {
        if (other.role() != taken.role()) {
            return switch (other.role()) {
                case VARIANT -> "a variant";
                case ADAPTER -> "an adapter";
                default -> "another model";
            };
        }
        if (other.form() != taken.form() && other.family().equals(taken.family())) {
            return "another form of the model";
        }
        return taken.how() == How.INDEX && other.how() != How.INDEX ? "not in the index" : "another model";
    }
}
