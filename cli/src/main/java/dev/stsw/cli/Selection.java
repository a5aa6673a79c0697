package dev.stsw.cli;

import dev.stsw.format.TensorSource;
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
record Selection(PartChoice part, NameFilter filter, NameChange names, NumberChange numbers) {
    /// Everything as it is.
    static Selection all() {
        return new Selection(new PartChoice(), new NameFilter(), new NameChange(), new NumberChange());
    }

    Selection with(NameFilter chosen) {
        return new Selection(part, chosen, names, numbers);
    }

    Selection with(NameChange changed) {
        return new Selection(part, filter, changed, numbers);
    }

    Selection with(NumberChange changed) {
        return new Selection(part, filter, names, changed);
    }

    CheckpointOptions checkpointOptions() {
        return part.checkpointOptions().withStripPrefix(names.prefix()).withFilter(filter::wanted);
    }

    /// The input's tensors as they are to be written, in the input's order; what was done is added to the notes.
    ///
    /// @param files the input's
    TensorSource apply(List<Path> files, Input input, List<Note> notes) throws IOException {
        TensorSource source = input.source();
        part.tellUnusedNames(source, notes);
        if (!input.isCheckpoint()) {
            source = filter.selected(names.stripped(source, notes), notes);
        }
        numbers.lookForScales(files, input.source(), source, names::stripped, notes);
        source = names.renamed(source, notes);
        filter.requireSome(source);
        filter.tellUnmatched(notes);
        return numbers.apply(source, notes);
    }
}
