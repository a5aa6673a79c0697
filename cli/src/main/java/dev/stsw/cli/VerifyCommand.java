package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.ChecksumException;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.TensorMeta;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.SequentialReader;
import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Failure;
import dev.stsw.stream.Verification.Outcome;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Proves that files hold what was written, or says what they do not.
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Check the structure, the header's CRC-32 and every tensor's.",
            "A file without checksums proves nothing: exit code 2; unless its SHA-256 is known,",
            "by --sha256 or because it lies in a hub's cache, where files are called by it.",
            "Of a folder, the model's files and all other safetensors files are checked."
        },
        footer = {
            "",
            "Examples:",
            "  stsw verify model.safetensors",
            "  stsw verify --sha256 1d1357c3…28a9 model.safetensors",
            "  stsw verify ~/.cache/huggingface/hub/models--gpt2/snapshots/*"
        })
final class VerifyCommand extends EachFile {
    private static final String STRUCTURE_OK = "structure ok";

    @Option(names = PlainForm.STRUCTURE_ONLY, description = "Check the header and the layout, and read no tensor.")
    private boolean structureOnly;

    @Option(
            names = "--sha256",
            paramLabel = "HEX",
            description = "Compare the SHA-256 of the file itself, whatever is in it. For one file.")
    private Optional<String> sha256 = Optional.empty();

    VerifyCommand(RootCommand root) {
        super(root);
    }

    @Override
    boolean isReport() {
        return true;
    }

    @Override
    public void setFlag(String name) {
        super.setFlag(name);
        structureOnly |= name.equals(PlainForm.STRUCTURE_ONLY);
    }

    @Override
    public Integer call() {
        if (sha256.isPresent() && !Sha256.isHex(sha256.get())) {
            return wrongUsage("--sha256 takes 64 hex digits");
        }
        if (sha256.isPresent() && (structureOnly || named().size() != 1)) {
            return wrongUsage(
                    structureOnly
                            ? "--sha256 reads everything: leave out --structure-only"
                            : "--sha256 is for one file");
        }
        return super.call();
    }

    @Override
    ModelFiles files(Path named) throws IOException {
        if (sha256.isPresent() && Files.isRegularFile(named)) {
            return ModelFiles.itself(named);
        }
        if (sha256.isPresent()) {
            throw new FileSystemException(named.toString(), null, "--sha256 is for one file, and this is a folder");
        }
        return ModelFiles.withOthers(named);
    }

    @Override
    Finding look(Path file) throws IOException {
        FileKind kind = FileKind.of(file);
        if (sha256.isPresent()) {
            return compare(file, kind == FileKind.SAFETENSORS, KnownHash.given(sha256.get()));
        }
        if (kind == FileKind.DISTRIBUTED) {
            return lookAtDistributed(file);
        }
        if (kind == FileKind.DEEPSPEED) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "a checkpoint of DeepSpeed, whose tensors have no checksums: convert it with --crc32, and verify"
                            + " that");
        }
        if (structureOnly) {
            return new Structure(file, Stsw.header(file).tensors());
        }
        Optional<KnownHash> known = KnownHash.ofCache(file);
        // Checksums prove as much, in a fraction of the time.
        return known.isPresent() && Stsw.header(file).checksums().isEmpty()
                ? compare(file, true, known.get())
                : check(file, () -> Stsw.header(file).tensors(), bar -> Stsw.verify(file, bar));
    }

    /// Compares the hash of a file, and its checksums if it has any.
    private Finding compare(Path file, boolean safetensors, KnownHash known) throws IOException {
        long start = System.nanoTime();
        try (ProgressBar bar = bar(file.toString())) {
            Optional<Header> header = safetensors ? header(file) : Optional.empty();
            List<TensorMeta> tensors = header.map(Header::tensors).orElse(List.of());
            Verification own = header.isPresent() ? Stsw.verify(file, bar) : unproven(file);
            String actual = Sha256.of(file, bar);
            return hashed(known.judge(own, actual, tensors.size()), () -> tensors, start, known, actual);
        }
    }

    private Finding compare(Path file, Pipe pipe, KnownHash known) throws IOException {
        long start = System.nanoTime();
        try (ProgressBar bar = bar(file.toString())) {
            MessageDigest digest = Sha256.digest();
            pipe.tellAll(digest);
            Verification own = unproven(file);
            int tensors = 0;
            if (pipe.kind() == FileKind.SAFETENSORS) {
                SequentialReader reader = pipe.reader();
                tensors = reader.header().tensors().size();
                own = reader.verify(bar);
            }
            // What is left, if that was not the whole pipe.
            Sha256.of(pipe, 0, bar);
            String actual = Sha256.hex(digest);
            return hashed(known.judge(own, actual, tensors), List::of, start, known, actual);
        }
    }

    /// Empty if the file is of another format, which has a hash as well.
    private static Optional<Header> header(Path file) throws IOException {
        try {
            return Optional.of(Stsw.header(file));
        } catch (HeaderException e) {
            if (e.fault() == HeaderException.Fault.OTHER_FORMAT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Verification unproven(Path file) {
        return new Verification(file.toString(), Outcome.UNPROVEN, 0, List.of(), Optional.empty());
    }

    private Checked hashed(Verification verification, Tensors tensors, long start, KnownHash known, String actual) {
        return new Checked(
                verification, tensors, Duration.ofNanos(System.nanoTime() - start), Optional.of(known), actual);
    }

    @Override
    Finding look(Path file, Pipe pipe) throws IOException {
        if (sha256.isPresent()) {
            return compare(file, pipe, KnownHash.given(sha256.get()));
        }
        SequentialReader reader = pipe.reader();
        if (!structureOnly) {
            return check(file, List::of, reader::verify);
        }
        reader.finish();
        return new Structure(file, reader.header().tensors());
    }

    /// All of a distributed checkpoint, whether model or optimizer.
    private Finding lookAtDistributed(Path file) throws IOException {
        try (DistributedInput.Whole whole = DistributedInput.whole(file)) {
            List<TensorMeta> tensors = Listing.unplaced(whole.tensors());
            return structureOnly ? new Structure(file, tensors) : check(file, () -> tensors, whole::verify);
        }
    }

    /// How the checksums are computed.
    private interface Check {
        Verification with(ProgressListener progress) throws IOException;
    }

    /// Where the tensors can be had from, if they are asked for; they need not stay in memory.
    private interface Tensors {
        List<TensorMeta> get() throws IOException;
    }

    private Finding check(Path file, Tensors tensors, Check check) throws IOException {
        long start = System.nanoTime();
        try (ProgressBar bar = bar(file.toString())) {
            Verification verification = check.with(bar);
            return new Checked(
                    verification, tensors, Duration.ofNanos(System.nanoTime() - start), Optional.empty(), "");
        }
    }

    /// A file whose structure is good.
    private final class Structure implements Finding {
        private final Path file;
        private final List<TensorMeta> tensors;

        Structure(Path file, List<TensorMeta> tensors) {
            this.file = file;
            this.tensors = tensors;
        }

        @Override
        public void print() {
            String facts = Units.count(tensors.size(), "tensor") + ", data not read";
            say(file.toString(), Style.GREEN, STRUCTURE_OK, facts);
        }

        @Override
        public void writeTo(Json object) {
            object.name("file").string(file.toString());
            object.name("ok").bool(true).name("checked").number(0);
        }

        @Override
        public List<TensorMeta> tensors() {
            return tensors;
        }
    }

    /// A file whose checksums were compared.
    private final class Checked implements Finding {
        private final Verification verification;
        private final Tensors tensors;
        private final Duration elapsed;
        private final Optional<KnownHash> known;
        private final String sha256;

        /// @param known if a hash was compared
        /// @param sha256 which it is then
        Checked(
                Verification verification,
                Tensors tensors,
                Duration elapsed,
                Optional<KnownHash> known,
                String sha256) {
            this.verification = verification;
            this.tensors = tensors;
            this.elapsed = elapsed;
            this.known = known;
            this.sha256 = sha256;
        }

        @Override
        public int exitCode() {
            return switch (verification.outcome()) {
                case INTACT -> ExitCode.GOOD;
                case DAMAGED -> ExitCode.BAD;
                case UNPROVEN -> ExitCode.UNCHECKED;
            };
        }

        @Override
        public void print() {
            String facts = Units.count(verification.checked(), "tensor") + " checked in " + Units.duration(elapsed);
            VerifyCommand.this.print(
                    verification,
                    (verification.ok()
                                    ? known.map(hash -> "SHA-256 is " + hash.source() + ", ")
                                            .orElse("")
                                    : "")
                            + facts);
        }

        @Override
        public void writeTo(Json object) {
            write(object, verification);
            if (known.isPresent()) {
                object.name("sha256").string(sha256);
            }
        }

        @Override
        public List<String> diagnoses() {
            return problems(verification).stream()
                    .map(problem -> verification.file() + ": " + problem)
                    .toList();
        }

        @Override
        public List<TensorMeta> tensors() throws IOException {
            return tensors.get();
        }
    }

    @Override
    void print(ModelReport report) {
        String facts = Units.count(report.files(), "file") + ", "
                + Units.count(report.totals().tensors(), "tensor")
                + (report.bad() > 0 ? ", " + Units.count(report.bad(), "problem") : "");
        switch (report.exitCode()) {
            case ExitCode.GOOD ->
                say(report.named().toString(), Style.GREEN, structureOnly ? STRUCTURE_OK : "ok", facts);
            case ExitCode.BAD -> say(report.named().toString(), Style.RED, "FAILED", facts);
            default -> say(report.named().toString(), Style.YELLOW, "not proved", facts);
        }
        super.print(report);
    }

    private void print(Verification verification, String facts) {
        switch (verification.outcome()) {
            case INTACT -> say(verification.file(), Style.GREEN, "ok", facts);
            case DAMAGED -> say(verification.file(), Style.RED, "FAILED", facts);
            case UNPROVEN -> say(verification.file(), Style.YELLOW, "not proved", "structure ok, no checksums");
        }
    }

    private void say(String file, Style style, String verdict, String facts) {
        terminal.out().line(Escapes.printable(file) + ": " + terminal.styled(style, verdict) + " (" + facts + ")");
    }

    /// One sentence for everything that is wrong.
    private static List<String> problems(Verification verification) {
        Stream<String> general = verification.outcome() == Outcome.UNPROVEN
                ? Stream.of("no checksums, so nothing was proved (--structure-only asks for the structure alone)")
                : verification.problem().stream();
        Stream<String> tensors = verification.failures().stream()
                .map(failure -> ChecksumException.ofTensor(
                                verification.file(), failure.tensor(), failure.expected(), failure.actual())
                        .problem());
        return Stream.concat(general, tensors).toList();
    }

    private static void write(Json object, Verification verification) {
        object.name("file").string(verification.file());
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
