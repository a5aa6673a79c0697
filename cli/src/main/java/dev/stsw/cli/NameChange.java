package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// The options that give tensors other names.
final class NameChange {
    @Option(
            names = "--strip-prefix",
            paramLabel = "TEXT",
            description = "Remove this from the front of the names that begin with it.")
    private String stripPrefix = "";

    @Option(
            names = "--rename",
            paramLabel = "REGEX=TEXT",
            converter = Renaming.Converter.class,
            description = "Replace what matches in names; $1 is the first group. Repeatable, applied in this order.")
    private List<Renaming> renamings = new ArrayList<>();

    boolean isGiven() {
        return !stripPrefix.isEmpty() || !renamings.isEmpty();
    }

    /// What [#stripped(String)] takes off, for readers that do it themselves.
    String prefix() {
        return stripPrefix;
    }

    /// A name without the prefix.
    String stripped(String name) {
        return name.startsWith(stripPrefix) ? name.substring(stripPrefix.length()) : name;
    }

    TensorSource stripped(TensorSource source, List<Note> notes) {
        return stripPrefix.isEmpty()
                ? source
                : renamed(source, this::stripped, "--strip-prefix '" + stripPrefix + "'", notes);
    }

    TensorSource renamed(TensorSource source, List<Note> notes) {
        TensorSource made = source;
        for (Renaming renaming : renamings) {
            made = renamed(made, renaming, "--rename '" + renaming + "'", notes);
        }
        return made;
    }

    /// @param option with its value, for the case that it changes nothing
    private static TensorSource renamed(
            TensorSource source, UnaryOperator<String> renaming, String option, List<Note> notes) {
        boolean changed = false;
        for (TensorSpec tensor : source.tensors()) {
            String name = renaming.apply(tensor.name());
            if (!name.equals(tensor.name())) {
                notes.add(new Note(Note.RENAMED, tensor.name(), name));
                changed = true;
            }
        }
        if (!changed) {
            notes.add(new Note(Note.WARNING, "", option + " changed no tensor's name"));
        }
        return TiedNames.renamed(source, TensorSources.rename(source, renaming), renaming, notes);
    }
}
