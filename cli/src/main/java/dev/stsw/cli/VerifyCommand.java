package dev.stsw.cli;

import dev.stsw.ProgressListener;
import dev.stsw.Stsw;
import dev.stsw.Verification;
import dev.stsw.Verification.Failure;
import dev.stsw.Verification.Outcome;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.ChecksumException;
import dev.stsw.format.Header;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Proves that files hold what was written, or says what they do not.
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.Version.class,
        description = {
            "Check the structure, the header's CRC-32 and every tensor's.",
            "A file without checksums proves nothing: exit code 2."
        })
final class VerifyCommand extends EachFile {
    @Option(names = "--structure-only", description = "Check the header and the layout, and read no tensor.")
    private boolean structureOnly;

    VerifyCommand(RootCommand root) {
        super(root);
    }

    @Override
    public boolean takeFlag(String name) {
        if (!name.equals("--structure-only") || structureOnly) {
            return super.takeFlag(name);
        }
        structureOnly = true;
        return true;
    }

    @Override
    int examine(Path file) throws IOException {
        if (FileKind.of(file) == FileKind.DISTRIBUTED) {
            return examineDistributed(file);
        }
        return structureOnly ? examineStructure(file) : examineChecksums(file, bar -> Stsw.verify(file, bar));
    }

    @Override
    int examine(Path file, Pipe pipe) throws IOException {
        PipedVerifier verifier = new PipedVerifier(file, pipe);
        return structureOnly ? structureIsGood(file, verifier.structure()) : examineChecksums(file, verifier::verify);
    }

    private int examineStructure(Path file) throws IOException {
        return structureIsGood(file, Stsw.header(file));
    }

    /// All of a distributed checkpoint, whether model or optimizer.
    private int examineDistributed(Path file) throws IOException {
        try (DistributedInput.Whole whole = DistributedInput.whole(file)) {
            return structureOnly
                    ? structureIsGood(file, whole.tensors().size())
                    : examineChecksums(file, bar -> whole.verify(bar));
        }
    }

    private int structureIsGood(Path file, Header header) {
        return structureIsGood(file, header.tensors().size());
    }

    private int structureIsGood(Path file, int tensors) {
        if (json) {
            Json.line(terminal.out(), object -> writeStructure(object, file));
        } else {
            say(file, Style.GREEN, "structure ok", Units.count(tensors, "tensor") + ", data not read");
        }
        return ExitCode.GOOD;
    }

    private static void writeStructure(Json object, Path file) {
        object.name("file").string(file.toString());
        object.name("ok").bool(true).name("checked").number(0);
    }

    /// How the checksums are computed.
    private interface Check {
        Verification with(ProgressListener progress) throws IOException;
    }

    private int examineChecksums(Path file, Check check) throws IOException {
        long start = System.nanoTime();
        Verification verification;
        try (ProgressBar bar = ProgressBar.on(terminal, file.toString())) {
            verification = check.with(bar);
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        if (json) {
            Json.line(terminal.out(), object -> write(object, verification));
        } else {
            print(verification, elapsed);
        }
        explain(verification);
        return switch (verification.outcome()) {
            case INTACT -> ExitCode.GOOD;
            case DAMAGED -> ExitCode.BAD;
            case UNPROVEN -> ExitCode.UNCHECKED;
        };
    }

    private void print(Verification verification, Duration elapsed) {
        String facts = Units.count(verification.checked(), "tensor") + " checked in " + Units.duration(elapsed);
        switch (verification.outcome()) {
            case INTACT -> say(verification.file(), Style.GREEN, "ok", facts);
            case DAMAGED -> say(verification.file(), Style.RED, "FAILED", facts);
            case UNPROVEN -> say(verification.file(), Style.YELLOW, "not proved", "structure ok, no checksums");
        }
    }

    private void say(Path file, Style style, String verdict, String facts) {
        terminal.out()
                .line(Escapes.printable(file.toString()) + ": " + terminal.styled(style, verdict) + " (" + facts + ")");
    }

    private void explain(Verification verification) {
        problems(verification).forEach(problem -> terminal.diagnose(verification.file() + ": " + problem));
    }

    /// One sentence for everything that is wrong.
    private static List<String> problems(Verification verification) {
        Stream<String> general = verification.outcome() == Outcome.UNPROVEN
                ? Stream.of("no checksums, so nothing was proved (--structure-only asks for the structure alone)")
                : verification.problem().stream();
        Stream<String> tensors = verification.failures().stream()
                .map(failure -> ChecksumException.ofTensor(
                                verification.file().toString(), failure.tensor(), failure.expected(), failure.actual())
                        .problem());
        return Stream.concat(general, tensors).toList();
    }

    private static void write(Json object, Verification verification) {
        object.name("file").string(verification.file().toString());
        object.name("ok").bool(verification.ok());
        object.name("checked").number(verification.checked());
        if (!verification.ok()) {
            object.name("error").string(String.join("; ", problems(verification)));
        }
        if (!verification.failures().isEmpty()) {
            object.name("failed")
                    .array(array ->
                            verification.failures().forEach(failure -> array.object(member -> write(member, failure))));
        }
    }

    private static void write(Json object, Failure failure) {
        object.name("name").string(failure.tensor().name());
        object.name("expected").string(Units.crc(failure.expected()));
        object.name("actual").string(Units.crc(failure.actual()));
    }

    @Override
    void write(Json object, Problem problem) {
        object.name("file").string(problem.file());
        object.name("ok").bool(false).name("checked").number(0);
        object.name("error").string(problem.sentence());
    }
}
