package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.format.Checksums;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What `checksum add` and `checksum remove` have in common: all but the direction.
abstract class ChecksumEdit implements Callable<Integer> {
    private final RootCommand root;
    private final String command;
    private final boolean adds;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "Safetensors files. A folder or an index of shards means all files of the model in it.")
    private List<String> named = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write a copy of the one FILE there (- for standard output), and leave FILE alone.")
    private Optional<Path> out = Optional.empty();

    @Option(names = "--no-verify", description = "Do not check the checksums that a FILE has.")
    private boolean noVerify;

    @Option(names = "--json", description = "Print JSON Lines: one object, one line a file.")
    private boolean json;

    /// @param adds whether checksums are written, or taken away
    ChecksumEdit(RootCommand root, String command, boolean adds) {
        this.root = root;
        this.command = command;
        this.adds = adds;
    }

    @Override
    public Integer call() {
        if (out.isPresent()) {
            if (named.size() > 1) {
                throw new WrongUsage("-o names one file, and the inputs are " + named.size());
            }
            Path in = Path.of(named.get(0));
            return Flow.of(root, command, in, out.get(), Selection.all(), writing())
                    .keepingOrder()
                    .run();
        }
        try {
            int worst = ExitCode.GOOD;
            for (Path file : InPlace.files(named)) {
                worst = ExitCode.worse(worst, replace(file));
            }
            return worst;
        } catch (FileFaults e) {
            int exitCode = e.report((problem, fault) -> root.report(problem, fault, json));
            root.terminal().diagnose("no file was changed");
            return exitCode;
        }
    }

    private Writing writing() {
        return new Writing(json).withCrc32(adds).withNoVerify(noVerify);
    }

    private int replace(Path file) {
        try {
            if (isDone(file)) {
                tellDone(file);
                return ExitCode.GOOD;
            }
        } catch (IOException e) {
            return root.report(Problem.of(file.toString(), e), e, json);
        }
        return Flow.of(root, command, file, file, Selection.all(), writing())
                .replacingInput(true)
                .keepingOrder()
                .run();
    }

    /// Checksums that do not fit the header are none: whether to trust the data is for the user to say.
    private boolean isDone(Path file) throws IOException {
        Optional<Checksums> checksums = Stsw.header(file).checksums();
        return adds ? checksums.isPresent() && checksums.get().problem().isEmpty() : checksums.isEmpty();
    }

    private void tellDone(Path file) {
        Output out = root.terminal().out();
        if (json) {
            Json.line(
                    out,
                    object -> object.name("file")
                            .string(file.toString())
                            .name("changed")
                            .bool(false));
        } else if (!root.quiet()) {
            out.line(Escapes.printable(file.toString()) + ": as it was (has "
                    + (adds ? "checksums already; stsw verify checks them)" : "no checksums)"));
        }
    }
}
