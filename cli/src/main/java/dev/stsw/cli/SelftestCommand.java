package dev.stsw.cli;

import dev.stsw.FrameworkCheck;
import dev.stsw.cli.Terminal.Style;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
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
                exitCode = Math.max(exitCode, run(check.title(), () -> {
                    check.run(place);
                    return "";
                }));
            }
            return Math.max(exitCode, runFrameworks(place));
        } finally {
            delete(place);
        }
    }

    /// What the integrations on the class path have to try. One that cannot even be loaded does not hide the others.
    private int runFrameworks(Path place) {
        int exitCode = ExitCode.GOOD;
        Iterator<FrameworkCheck> checks =
                ServiceLoader.load(FrameworkCheck.class).iterator();
        while (checks.hasNext()) {
            try {
                exitCode = Math.max(exitCode, run(checks.next(), place));
            } catch (ServiceConfigurationError e) {
                exitCode = Math.max(exitCode, fail("load what tries a framework", e));
            }
        }
        return exitCode;
    }

    private int run(FrameworkCheck check, Path place) {
        if (check.present()) {
            return run("hand tensors to " + check.framework() + " and back", () -> check.run(place));
        }
        if (!json) {
            terminal.out().line(check.framework() + ": not on the class path");
        }
        return ExitCode.GOOD;
    }

    private int run(String title, Callable<String> check) {
        try {
            String found = check.call();
            say(title, Style.GREEN, "ok", found, "");
            return ExitCode.GOOD;
        } catch (Exception | AssertionError | LinkageError e) {
            return fail(title, e);
        }
    }

    private int fail(String title, Throwable fault) {
        say(title, Style.RED, "FAILED", "", String.valueOf(fault.getMessage()));
        return root.report(new Problem(title, String.valueOf(fault), ExitCode.BAD), fault);
    }

    private void say(String title, Style style, String verdict, String found, String error) {
        if (json) {
            Json.line(terminal.out(), object -> {
                object.name("check").string(title).name("ok").bool(error.isEmpty());
                if (!found.isEmpty()) {
                    object.name("found").string(found);
                }
                if (!error.isEmpty()) {
                    object.name("error").string(error);
                }
            });
        } else {
            String details = found.isEmpty() ? "" : " (" + found + ")";
            terminal.out().line(title + ": " + terminal.styled(style, verdict) + details);
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
