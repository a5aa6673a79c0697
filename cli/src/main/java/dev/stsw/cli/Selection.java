package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Which tensors are written, and under which names and types: what a command has options for; the rest stays as it is.
///
/// @param part of a checkpoint
/// @param filter by name
/// @param names that are changed
/// @param numbers that are changed
/// @param changed which tensors' numbers are changed, of those that are written
record Selection(PartChoice part, NameFilter filter, NameChange names, NumberChange numbers, NameFilter changed) {
    Selection(PartChoice part, NameFilter filter, NameChange names, NumberChange numbers) {
        this(part, filter, names, numbers, new NameFilter());
    }

    /// Everything as it is.
    static Selection all() {
        return new Selection(new PartChoice(), new NameFilter(), new NameChange(), new NumberChange());
    }

    Selection with(NameFilter chosen) {
        return new Selection(part, chosen, names, numbers);
    }

    Selection with(NameChange change) {
        return new Selection(part, filter, change, numbers);
    }

    /// @param of the tensors that it is meant for
    Selection with(NumberChange change, NameFilter of) {
        return new Selection(part, filter, names, change, of);
    }

    CheckpointOptions checkpointOptions() {
        return part.checkpointOptions().withStripPrefix(names.prefix()).withFilter(this::isRead);
    }

    /// Scales are wanted in any case, where weights are multiplied by them.
    private boolean isRead(String name) {
        return numbers.dequantizes() || filter.wanted(name);
    }

    /// The input's tensors as they are to be written, in the input's order; what was done is added to the notes.
    ///
    /// @param files the input's
    TensorSource apply(List<Path> files, Input input, List<Note> notes) throws IOException {
        part.tellUnusedNames(input.source(), notes);
        boolean stripped = input.isCheckpoint();
        TensorSource source = numbers.dequantized(
                files,
                input.source(),
                changed::wanted,
                name -> filter.wanted(stripped ? name : names.stripped(name)),
                notes);
        if (!stripped) {
            source = filter.selected(names.stripped(source, notes), notes);
        } else if (numbers.dequantizes()) {
            source = filter.selected(source, notes);
        }
        TensorSource meant = changed.isGiven() ? TensorSources.select(source, changed::wanted) : source;
        numbers.lookForScales(files, input.source(), meant, names::stripped, notes);
        source = names.renamed(source, notes);
        filter.requireSome(source);
        filter.tellUnmatched(notes);
        return changed.isGiven() ? partlyChanged(source, notes) : numbers.apply(source, notes);
    }

    /// Of commands that rename nothing.
    private TensorSource partlyChanged(TensorSource source, List<Note> notes) {
        changed.tellUnmatched(notes);
        TensorSource meant = numbers.apply(TensorSources.select(source, changed::wanted), notes);
        TensorSource others = TensorSources.select(source, name -> !changed.wanted(name));
        return TensorSources.concat(List.of(meant, others));
    }
}
