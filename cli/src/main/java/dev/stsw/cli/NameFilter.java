package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/// The options that choose tensors by name.
final class NameFilter {
    @Option(
            names = "--include",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "Only tensors whose name matches; * and ? as usual. Repeatable.")
    private List<Glob> include = new ArrayList<>();

    @Option(
            names = "--exclude",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "No tensors whose name matches. Repeatable.")
    private List<Glob> exclude = new ArrayList<>();

    /// The patterns that matched a name.
    private final Set<Glob> matched = new HashSet<>();

    /// As picocli makes it.
    NameFilter() {}

    NameFilter(List<Glob> include, List<Glob> exclude) {
        this.include = include;
        this.exclude = exclude;
    }

    /// Whether a tensor of that name (without the prefix) is wanted.
    boolean wanted(String name) {
        boolean included = matches(include, name) || include.isEmpty();
        return !matches(exclude, name) && included;
    }

    /// Looks at all of them, so that it can be said which of them matched nothing.
    private boolean matches(List<Glob> globs, String name) {
        List<Glob> matching = globs.stream().filter(glob -> glob.test(name)).toList();
        matched.addAll(matching);
        return !matching.isEmpty();
    }

    /// @throws WrongUsage if nothing is left
    void requireSome(TensorSource source) {
        if (source.tensors().isEmpty() && isGiven()) {
            throw new WrongUsage("no tensor passes --include and --exclude");
        }
    }

    void tellUnmatched(List<Note> notes) {
        tellUnmatched("--include", include, notes);
        tellUnmatched("--exclude", exclude, notes);
    }

    boolean isGiven() {
        return !include.isEmpty() || !exclude.isEmpty();
    }

    private void tellUnmatched(String option, List<Glob> globs, List<Note> notes) {
        for (Glob glob : globs) {
            if (!matched.contains(glob)) {
                notes.add(new Note(Note.WARNING, "", option + " '" + glob.text() + "' matched no tensor's name"));
            }
        }
    }

    TensorSource selected(TensorSource source, List<Note> notes) {
        if (!isGiven()) {
            return source;
        }
        for (TensorSpec tensor : source.tensors()) {
            if (!wanted(tensor.name())) {
                notes.add(new Note(Note.DROPPED, tensor.name(), "filtered out"));
            }
        }
        return TiedNames.selected(source, TensorSources.select(source, this::wanted), this::wanted, notes);
    }
}
