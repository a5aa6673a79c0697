package dev.stsw.cli;

import dev.stsw.cli.Terminal.Style;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Tries everything that stsw does on this machine, in a folder of its own, and says what works.
@Command(
        name = "selftest",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = "Write, read, verify and convert on this machine, and say what works.")
final class SelftestCommand implements Callable<Integer> {
    private final RootCommand root;
    private final Terminal terminal;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "Where to try (default: the folder for temporary files).")
    private Optional<Path> folder = Optional.empty();

    @Option(names = "--json", description = "Print JSON Lines: one object, one line a check.")
    private boolean json;

    SelftestCommand(RootCommand root) {
        this.root = root;
        this.terminal = root.terminal();
    }

    @Override
    public Integer call() throws IOException {
        Path parent = folder.orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir")));
        Path place;
        try {
            place = Files.createTempDirectory(parent, "stsw-selftest-");
        } catch (IOException e) {
            return root.report(Problem.of(parent.toString(), e), e);
        }
        try {
            if (!json) {
                Environment.of(place).forEach((name, value) -> terminal.out().line(name + ": " + value));
            }
            int exitCode = ExitCode.GOOD;
            for (SelfCheck check : SelfCheck.values()) {
                exitCode = Math.max(exitCode, run(check, place));
            }
            return exitCode;
        } finally {
            delete(place);
        }
    }

    private int run(SelfCheck check, Path place) {
        try {
            check.run(place);
            say(check, Style.GREEN, "ok", "");
            return ExitCode.GOOD;
        } catch (Exception | AssertionError | LinkageError e) {
            say(check, Style.RED, "FAILED", String.valueOf(e.getMessage()));
            return root.report(new Problem(check.title(), String.valueOf(e), ExitCode.BAD), e);
        }
    }

    private void say(SelfCheck check, Style style, String verdict, String error) {
        if (json) {
            Json.line(terminal.out(), object -> {
                object.name("check").string(check.title()).name("ok").bool(error.isEmpty());
                if (!error.isEmpty()) {
                    object.name("error").string(error);
                }
            });
        } else {
            terminal.out().line(check.title() + ": " + terminal.styled(style, verdict));
        }
    }

    private static void delete(Path place) throws IOException {
        Files.walkFileTree(place, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException fault) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
