package dev.stsw.cli;

import dev.stsw.cli.ModelFiles.Member;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.TensorMeta;
import dev.stsw.model.DiskFolder;
import java.io.IOError;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A command that looks at one file after the other, goes on after a bad one, and ends with the worst exit code.
abstract class EachFile implements PlainCommand {
    /// Where results and diagnostics go.
    final Terminal terminal;

    private final RootCommand root;
    private boolean first = true;

    @Option(names = PlainForm.JSON, description = "Print JSON Lines: one object, one line a file.")
    boolean json;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "Files to look at, one after the other. A folder or an index of shards means the model in it,"
                    + " with all of its files. A pipe, or - for standard input.")
    private List<String> files = List.of(); // Not all of them may be names that a file can have here.

    EachFile(RootCommand root) {
        this.root = root;
        this.terminal = root.terminal();
    }

    /// The files as they were named.
    final List<String> named() {
        return files;
    }

    /// Reports what is wrong with files before they are looked at one by one; returns the worst exit code.
    final int report(FileFaults faults) {
        return faults.report((problem, fault) -> report(problem, fault, Optional.empty()));
    }

    /// Says what is wrong with the options, and returns the exit code for that.
    final int wrongUsage(String problem) {
        return root.wrongUsage(getClass().getAnnotation(Command.class).name(), problem);
    }

    /// Whether people want to know nothing but problems.
    final boolean quiet() {
        return root.quiet();
    }

    /// Whether people want to know everything.
    final boolean verbose() {
        return root.verbose();
    }

    /// Whether what is printed only reports that all is good or done, so that people may want to know nothing of it.
    boolean isReport() {
        return false;
    }

    final ProgressBar bar(String label) {
        return root.bar(label);
    }

    /// Leaves a line empty between what is printed of one file and of the next.
    final void separate() {
        if (!first) {
            terminal.out().append('\n');
        }
        first = false;
    }

    /// The line with a file's name above what is printed of it, apart from what is printed of others.
    final void title(Path file) {
        separate();
        terminal.out().line(terminal.styled(Style.BOLD, Escapes.printable(file.toString())));
    }

    /// Looks at one file; what is wrong with it is thrown.
    abstract Finding look(Path file) throws IOException;

    /// The same for what comes through a pipe, and can be read once.
    abstract Finding look(Path file, Pipe pipe) throws IOException;

    /// The same for a file in an archive, by commands that take such.
    Finding look(Path file, ArchiveMember member) throws IOException {
        throw new FileSystemException(
                file.toString(),
                null,
                "convert and inspect take a file in an archive; unpack " + member.member() + " first");
    }

    /// The files to look at where a file, a folder or an index was named.
    ModelFiles files(Path named) throws IOException {
        return ModelFiles.of(named);
    }

    /// Whether it looks for tensors. If not, nothing can be said of a model as a whole.
    boolean looksInside() {
        return true;
    }

    /// Says what there is to say about a model, after its files.
    void print(ModelReport report) {
        Note.print(report.notes(), verbose(), terminal.out());
    }

    /// Writes the members of the object that stands for a file with a problem.
    void write(Json object, Problem problem) {
        problem.writeTo(object);
    }

    /// Writes what the command knows of a model as a whole, beside its totals.
    void write(Json object, ModelReport report) {}

    /// What a command found out about one file.
    interface Finding {
        default int exitCode() {
            return ExitCode.GOOD;
        }

        /// Prints it for people.
        void print();

        /// Writes the members of its JSON object.
        void writeTo(Json object);

        /// What is to be said on stderr.
        default List<String> diagnoses() {
            return List.of();
        }

        /// The file's tensors, to compare them with an index.
        List<TensorMeta> tensors() throws IOException;

        /// What opening it told, which may concern the index.
        default List<Note> notes() {
            return List.of();
        }

        /// Is told, of a file of a model, which of its tensors are the model's: another file may have the same.
        default void joined(Predicate<String> taken) {}
    }

    @Override
    public void setFlag(String name) {
        json |= name.equals(PlainForm.JSON);
    }

    @Override
    public void setFiles(List<Path> named) {
        files = named.stream().map(Path::toString).toList();
    }

    @Override
    public Integer call() {
        int worst = ExitCode.GOOD;
        for (String file : files) {
            worst = ExitCode.worse(worst, examineModel(file));
        }
        return worst;
    }

    /// One file, or all files of a model that is named by its folder or index.
    private int examineModel(String file) {
        try {
            Path named = Path.of(file);
            if (Pipe.is(named)) {
                try (Pipe pipe = Pipe.open(named)) {
                    return tell(attempt(named, () -> look(named, pipe)), Optional.empty());
                }
            }
            Optional<ArchiveMember> packed = ArchiveMember.of(named);
            if (packed.isPresent()) {
                return tell(attempt(named, () -> look(named, packed.get())), Optional.empty());
            }
            ModelFiles model = files(named);
            if (!looksInside()) {
                return model.files().stream()
                        .mapToInt(member -> tell(attempt(member), Optional.empty()))
                        .reduce(ExitCode.GOOD, ExitCode::worse);
            }
            return model.isModel()
                    ? examine(new ModelReport(named, model))
                    : tell(attempt(model.files().get(0)), Optional.empty());
        } catch (IOException e) {
            return report(Problem.of(file, e), e, Optional.empty());
        } catch (InvalidPathException e) {
            return report(new Problem(file, DiskFolder.NO_PATH, ExitCode.UNCHECKED), e, Optional.empty());
        }
    }

    /// Each file is looked at, whatever is wrong with another, and at last the model as a whole.
    private int examine(ModelReport model) {
        List<Member> members = model.members();
        for (int i = 0; i < members.size(); i++) {
            Attempt attempt = model.add(members.get(i), attempt(members.get(i)));
            boolean last = i == members.size() - 1 && model.finish().isEmpty();
            model.add(tell(attempt, last ? Optional.of(model) : Optional.empty()));
        }
        for (Iterator<FileFaults.Found> faults = model.finish().iterator(); faults.hasNext(); ) {
            FileFaults.Found bad = faults.next();
            Optional<ModelReport> last = faults.hasNext() ? Optional.empty() : Optional.of(model);
            model.add(report(Problem.of(bad.file(), bad.fault()), bad.fault(), last));
        }
        if (!json && !(quiet() && isReport())) {
            print(model);
        }
        return model.exitCode();
    }

    /// What came of looking at a file: a finding, or what was thrown.
    record Attempt(Path file, Optional<Finding> finding, Optional<Throwable> fault) {
        static Attempt failed(Path file, Throwable fault) {
            return new Attempt(file, Optional.empty(), Optional.of(fault));
        }
    }

    /// How a file is looked at.
    private interface Look {
        Finding at() throws IOException;
    }

    private Attempt attempt(Member file) {
        return attempt(file.path(), () -> look(file.path()));
    }

    /// Whatever is wrong with one file, a mistake of ours included, the others are looked at.
    private static Attempt attempt(Path file, Look look) {
        try {
            return new Attempt(file, Optional.of(look.at()), Optional.empty());
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError | IOError e) {
            return Attempt.failed(file, e);
        }
    }

    private int tell(Attempt attempt, Optional<ModelReport> model) {
        if (attempt.finding().isPresent()) {
            return tell(attempt.finding().get(), model);
        }
        Throwable fault = attempt.fault().orElseThrow();
        String file = attempt.file().toString();
        Problem problem = fault instanceof OutOfMemoryError
                ? Problem.outOfMemory(file)
                : fault instanceof IOException ? Problem.of(file, fault) : Problem.internal(file, fault);
        return report(problem, fault, model);
    }

    private int tell(Finding finding, Optional<ModelReport> model) {
        if (json) {
            line(finding::writeTo, model);
        } else if (!(quiet() && isReport())) {
            finding.print();
        }
        finding.diagnoses().forEach(terminal::diagnose);
        return finding.exitCode();
    }

    private int report(Problem problem, Throwable fault, Optional<ModelReport> model) {
        if (json) {
            line(object -> write(object, problem), model);
        }
        return root.report(problem, fault);
    }

    /// An object a file; the last one of a model has the model's report, too.
    private void line(Consumer<Json> members, Optional<ModelReport> model) {
        Json.line(terminal.out(), object -> {
            members.accept(object);
            model.ifPresent(report -> report.writeTo(object, more -> write(more, report)));
        });
    }
}
