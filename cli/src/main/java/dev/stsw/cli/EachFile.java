package dev.stsw.cli;

import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A command that looks at one file after the other, goes on after a bad one, and ends with the worst exit code.
abstract class EachFile implements PlainCommand {
    /// Where results and diagnostics go.
    final Terminal terminal;

    private final RootCommand root;

    @Option(names = "--json", description = "Print JSON Lines: one object, one line a file.")
    boolean json;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Files to look at, one after the other; a folder or an index of shards means all of its files."
                            + " A pipe, or - for standard input.")
    List<Path> files = List.of();

    EachFile(RootCommand root) {
        this.root = root;
        this.terminal = root.terminal();
    }

    /// Whether people want to know everything.
    final boolean verbose() {
        return root.verbose();
    }

    /// Deals with one file and returns its exit code; what is wrong with it is thrown.
    abstract int examine(Path file) throws IOException;

    /// The same for what comes through a pipe, and can be read once.
    abstract int examine(Path file, Pipe pipe) throws IOException;

    /// Writes the members of the object that stands for a file with a problem.
    abstract void write(Json object, Problem problem);

    @Override
    public boolean takeFlag(String name) {
        boolean isNew = name.equals("--json") && !json;
        json |= isNew;
        return isNew;
    }

    @Override
    public boolean takeFiles(List<Path> named) {
        files = named;
        return !named.isEmpty();
    }

    @Override
    public Integer call() {
        int worst = ExitCode.GOOD;
        for (Path file : files) {
            worst = ExitCode.worse(worst, examineModel(file));
        }
        return worst;
    }

    /// One file, or all files of a model that is named by its folder or index.
    private int examineModel(Path named) {
        ModelFiles model;
        try {
            if (Pipe.is(named)) {
                try (Pipe pipe = Pipe.open(named)) {
                    return examine(named, pipe);
                }
            }
            model = ModelFiles.of(named);
            if (model.index().isPresent()) {
                Input.open(named, CheckpointOptions.defaults(), false).close(); // Are all tensors where it says?
            }
        } catch (IOException e) {
            return report(Problem.of(named.toString(), e), e);
        } catch (OutOfMemoryError e) {
            return report(Problem.outOfMemory(named.toString()), e);
        }
        int worst = ExitCode.GOOD;
        for (Path file : model.files()) {
            worst = ExitCode.worse(worst, examineOrReport(file));
        }
        return worst;
    }

    private int examineOrReport(Path file) {
        try {
            return examine(file);
        } catch (IOException e) {
            return report(Problem.of(file.toString(), e), e);
        } catch (OutOfMemoryError e) {
            return report(Problem.outOfMemory(file.toString()), e);
        }
    }

    private int report(Problem problem, Throwable fault) {
        if (json) {
            Json.line(terminal.out(), object -> write(object, problem));
        }
        return root.report(problem, fault);
    }
}
