package dev.stsw.cli;

import dev.stsw.cli.EachFile.Attempt;
import dev.stsw.cli.EachFile.Finding;
import dev.stsw.cli.ModelFiles.Member;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What `inspect` and `verify` learn of a model while they go from file to file.
final class ModelReport {
    private final Path named;
    private final ModelFiles model;
    private final ModelInventory inventory;
    private final Listing.Totals totals = new Listing.Totals();
    private final List<FileFaults.Found> faults = new ArrayList<>();
    private boolean finished;
    private boolean unreadable;
    private int exitCode;
    private int bad;

    /// @param named as the user did
    ModelReport(Path named, ModelFiles model) {
        this.named = named;
        this.model = model;
        this.inventory = new ModelInventory(model.index());
    }

    /// The files to look at: the model's, and then the others.
    List<Member> members() {
        List<Member> all = new ArrayList<>(model.files());
        all.addAll(model.others());
        return all;
    }

    /// Takes note of what came of one of the model's files.
    ///
    /// @return the same, or the fault that only now came to light
    Attempt add(Member file, Attempt attempt) {
        if (!model.files().contains(file)) {
            return attempt;
        }
        if (attempt.finding().isEmpty()) {
            unreadable = true;
            inventory.addUnreadable(file.name());
            return attempt;
        }
        try {
            Finding finding = attempt.finding().get();
            List<TensorMeta> tensors = finding.tensors();
            inventory.add(file.name(), tensors, finding.notes());
            finding.joined(name -> inventory.isTaken(file.name(), name));
            PackedWeights packed = PackedWeights.of(tensors);
            tensors.stream()
                    .filter(tensor -> inventory.isTaken(file.name(), tensor.name()))
                    .forEach(tensor -> totals.add(tensor, packed));
            totals.add(packed);
            return attempt;
        } catch (IOException e) {
            unreadable = true;
            inventory.addUnreadable(file.name());
            return Attempt.failed(file.path(), e);
        }
    }

    /// Takes note of the exit code that a file, or the model as a whole, asks for.
    void add(int code) {
        exitCode = ExitCode.worse(exitCode, code);
        bad += code == ExitCode.BAD ? 1 : 0;
    }

    /// After the last file was added: what is wrong with the model as a whole.
    List<FileFaults.Found> finish() {
        if (!finished) {
            finished = true;
            model.missing().forEach(inventory::addUnreadable);
            faults.addAll(model.faults());
            faults.addAll(model.faults(inventory.finish()));
        }
        return faults;
    }

    /// Whether all of the model was seen, after [#finish()], and nothing is wrong with it as a whole.
    boolean isWhole() {
        return finished && faults.isEmpty() && !unreadable;
    }

    Path named() {
        return named;
    }

    int exitCode() {
        return exitCode;
    }

    int bad() {
        return bad;
    }

    int files() {
        return members().size();
    }

    Listing.Totals totals() {
        return totals;
    }

    List<Note> notes() {
        List<Note> all = new ArrayList<>(model.notes());
        all.addAll(inventory.notes());
        return all;
    }

    /// Adds itself to the last object of the model: of each file there is one object, and of a model none.
    ///
    /// @param more what the command adds
    void writeTo(Json object, Json.Members more) {
        object.name("model").object(report -> {
            report.name("file").string(named.toString());
            report.name("files").number(model.files().size());
            report.name("tensors").number(totals.tensors());
            report.name("parameters").number(totals.parameters());
            report.name("nbytes").number(totals.bytes());
            more.writeTo(report);
            report.name("notes").array(array -> notes().forEach(note -> array.object(note::writeTo)));
        });
    }
}
