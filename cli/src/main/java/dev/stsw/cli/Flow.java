package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.WriteOptions;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.SequentialWriter;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.NumpyWriter.Lacking;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The one flow that `convert` and the commands that are `convert` under another name have: tensors in, changed on
/// their way, a file or shards out, and a report of what was done.
final class Flow {
    private final RootCommand root;
    private final Terminal terminal;
    private final String command;
    private final Source from;
    private final Destination destination;
    private final Selection selection;
    private final Writing writing;
    private UnaryOperator<Map<String, String>> metadata = UnaryOperator.identity();
    private Supplier<List<Note>> afterwards = List::of;
    private boolean replacesInput;
    private boolean keepsOrder;
    private ArrayForm form = ArrayForm.SAFETENSORS;
    private Lacking lacking = Lacking.REFUSE;
    private boolean keepsChecksums;

    /// Where the tensors come from.
    interface Source {
        /// What messages call it.
        Path name();

        /// The files or folders that were named.
        List<Path> named();

        Input open(CheckpointOptions options, boolean verify, Path folder) throws IOException;
    }

    /// @param command the one that the user typed
    /// @param out as the user named it
    Flow(RootCommand root, String command, Source from, Path out, Selection selection, Writing writing) {
        this.root = root;
        this.terminal = root.terminal();
        this.command = command;
        this.from = from;
        this.destination = new Destination(out);
        this.selection = selection;
        this.writing = writing;
    }

    /// The same from one input.
    static Flow of(RootCommand root, String command, Path in, Path out, Selection selection, Writing writing) {
        return new Flow(root, command, new Single(in), out, selection, writing);
    }

    private record Single(Path name) implements Source {
        @Override
        public List<Path> named() {
            return List.of(name);
        }

        @Override
        public Input open(CheckpointOptions options, boolean verify, Path folder) throws IOException {
            return Input.open(name, options, verify, folder);
        }
    }

    /// Gives what is written other metadata. An empty map leaves no entry.
    Flow withMetadata(UnaryOperator<Map<String, String>> change) {
        metadata = change;
        return this;
    }

    /// Lets OUT be IN, where the user said so.
    Flow replacingInput(boolean allowed) {
        replacesInput = allowed;
        return this;
    }

    /// Asks for more notes when all has been written.
    Flow telling(Supplier<List<Note>> notes) {
        afterwards = notes;
        return this;
    }

    /// Writes tensors in the order of IN, not in that of the reference.
    Flow keepingOrder() {
        keepsOrder = true;
        return this;
    }

    /// Writes checksums where all files of IN have some, asked for or not.
    Flow keepingChecksums() {
        keepsChecksums = true;
        return this;
    }

    /// Writes another form than safetensors.
    ///
    /// @param lacking what becomes of dtypes that NumPy lacks
    Flow writing(ArrayForm another, Lacking lacking) {
        form = another;
        this.lacking = lacking;
        return this;
    }

    /// Returns the exit code; what is wrong was told.
    int run() {
        String in = from.name().toString();
        try {
            return convert();
        } catch (FileFaults e) {
            return e.report(this::report);
        } catch (WrongUsage e) {
            return report(new Problem(in, String.valueOf(e.getMessage()), ExitCode.UNCHECKED), e);
        } catch (IOException | IllegalArgumentException e) {
            return report(Problem.of(in, e), e);
        } catch (OutOfMemoryError e) {
            return report(Problem.outOfMemory(in), e);
        }
    }

    private int report(Problem problem, Throwable fault) {
        if (writing.json()) {
            Output out = results().out();
            Json.line(out, problem::writeTo);
            out.flush();
        }
        if (fault instanceof WrongUsage) {
            return root.wrongUsage(command, problem.sentence());
        }
        return root.report(problem, fault);
    }

    /// Where results go: not among the bytes of the file.
    private Terminal results() {
        return destination.isStdout() && !writing.dryRun() ? terminal.withResultsOnErr() : terminal;
    }

    private int convert() throws IOException {
        if (keepsChecksums && hasChecksums()) {
            writing.withCrc32(true);
        }
        WriteOptions options = writing.options(destination);
        selection.numbers().requireUsable();
        boolean replaces = requireUsable();
        Path folder = destination.isStdout() ? Scratch.usualFolder() : Scratch.folderOf(destination.out());
        CheckpointOptions checkpoints = selection.checkpointOptions().withScratchFolder(folder);
        try (Input input = from.open(checkpoints, !writing.noVerify(), folder)) {
            selection.part().requireApplicable(input, writing.noVerify());
            List<Note> notes = new ArrayList<>(input.notes());
            TensorSource source = ordered(withMetadata(selection.apply(from.named(), input, notes)));
            requireForm(source, notes);
            Conversion conversion =
                    new Conversion(from.name(), destination.out(), input.kind(), source, writing.crc32(), notes);
            if (writing.dryRun()) {
                conversion.announce(terminal, writing.json(), root.verbose());
                return ExitCode.GOOD;
            }
            if (destination.isStdout() && writing.crc32() && input.isReadOnce()) {
                throw new WrongUsage("--crc32 to standard output reads the input twice, and what comes through a pipe"
                        + " can be read once: write to a file, or read from one");
            }
            TensorSource whole = input.toTheEnd(source);
            return write(conversion.withSource(replaces ? new ReleasingSource(whole, input) : whole), options);
        }
    }

    /// Not asked of a pipe, whose header can be read once.
    private boolean hasChecksums() {
        List<Path> files = new ArrayList<>();
        for (Path in : from.named()) {
            List<Path> some = Input.files(in);
            if (some.isEmpty()) {
                return false;
            }
            files.addAll(some);
        }
        return files.stream().allMatch(Flow::hasChecksums);
    }

    private static boolean hasChecksums(Path file) {
        try {
            return FileKind.of(file) == FileKind.SAFETENSORS
                    && Stsw.header(file).checksums().isPresent();
        } catch (IOException e) {
            return false; // Whoever opens it says so.
        }
    }

    /// @throws WrongUsage if the tensors or the options do not fit the form
    private void requireForm(TensorSource source, List<Note> notes) {
        if (form == ArrayForm.SAFETENSORS) {
            return;
        }
        if (writing.crc32()) {
            throw new WrongUsage("checksums are for safetensors files: leave --crc32 and --resume out");
        }
        int count = source.tensors().size();
        if (form.holdsOne() && count != 1) {
            throw new WrongUsage(
                    "one tensor was expected, and there are " + count + ": .npz and .safetensors hold several");
        }
        source.tensors().forEach(tensor -> form.change(tensor, lacking).ifPresent(notes::add));
    }

    private TensorSource ordered(TensorSource source) {
        return keepsOrder ? source : TensorSources.inReferenceOrder(source);
    }

    /// How many files the input has of which OUT is one; 0 if it is none of them.
    private int filesWithOut() throws IOException {
        Path out = destination.out();
        if (!Files.isRegularFile(out)) {
            return 0;
        }
        List<Path> files = new ArrayList<>();
        from.named().forEach(in -> files.addAll(Input.files(in)));
        for (Path file : files) {
            if (Files.exists(file) && Files.isSameFile(file, out)) {
                return files.size();
            }
        }
        return 0;
    }

    private TensorSource withMetadata(TensorSource source) {
        Map<String, String> before = source.metadata().orElse(Map.of());
        Map<String, String> after = metadata.apply(before);
        return after.equals(before)
                ? source
                : TensorSources.withMetadata(source, after.isEmpty() ? Optional.empty() : Optional.of(after));
    }

    /// Returns whether OUT is the input, which is replaced then.
    ///
    /// @throws WrongUsage if OUT cannot be meant
    private boolean requireUsable() throws IOException {
        if (!destination.isStdout()) {
            destination.requireDrive();
            if (form == ArrayForm.SAFETENSORS) {
                destination.requireEnding();
            }
            return isInput();
        }
        if (!writing.dryRun() && terminal.out().isTerminal()) {
            throw new WrongUsage("OUT is standard output, and that is a terminal: send it to a file or a pipe");
        }
        return false;
    }

    /// @throws WrongUsage if OUT is the input, which nobody asked to replace, or one of several files of it
    private boolean isInput() throws IOException {
        int files = filesWithOut();
        if (files > 1) {
            throw new WrongUsage("OUT '" + destination.out() + "' is a file of the input: name another");
        }
        if (files == 1 && !replacesInput) {
            throw new WrongUsage("OUT '" + destination.out() + "' is the input: name another file");
        }
        return files == 1;
    }

    private int write(Conversion conversion, WriteOptions options) throws IOException {
        long start = System.nanoTime();
        List<Path> files;
        try (CleanEnd end = new CleanEnd()) {
            if (end.ending()) {
                return ExitCode.UNCHECKED;
            }
            try (ProgressBar bar = root.bar(destination.out().toString())) {
                TensorSource source = new BlamedSource(from.name().toString(), conversion.source());
                files = write(source, options.withProgress(bar));
            } catch (IOException e) {
                if (end.ending()) {
                    return ExitCode.UNCHECKED; // Ctrl-C: the user knows.
                }
                throw blamed(e);
            }
        }
        conversion.notes().addAll(selection.numbers().afterwards());
        conversion.notes().addAll(afterwards.get());
        Terminal results = results();
        if (root.quiet() && !writing.json()) {
            return ExitCode.GOOD;
        }
        conversion.report(results, writing.json(), root.verbose(), files, Duration.ofNanos(System.nanoTime() - start));
        results.out().flush();
        return ExitCode.GOOD;
    }

    private SequentialWriter toStdout(WriteOptions options) {
        SequentialWriter writer = SequentialWriter.to(terminal.out().bytes())
                .withCrc32(options.crc32())
                .withBufferSize(options.bufferSize())
                .withProgress(options.progress());
        return options.metadata().map(writer::withMetadata).orElse(writer);
    }

    /// Returns the files where they are not simply OUT.
    private List<Path> write(TensorSource source, WriteOptions options) throws IOException {
        if (form != ArrayForm.SAFETENSORS) {
            if (destination.isStdout()) {
                form.write(source, terminal.out().bytes(), lacking);
            } else {
                destination.requireFile();
                form.write(source, destination.out(), lacking);
            }
            return List.of();
        }
        if (destination.isStdout()) {
            toStdout(options).write(source);
            return List.of();
        }
        if (writing.maxShardSize().isEmpty()) {
            destination.requireFile();
            Stsw.write(source, destination.out(), options);
            return List.of();
        }
        return Stsw.writeShards(
                source,
                destination.shardFolder(),
                destination.shardStem(),
                writing.maxShardSize().get(),
                options);
    }

    /// What the source does not claim for its file is the target's.
    private IOException blamed(IOException fault) {
        if (fault.getClass() != IOException.class) {
            return fault;
        }
        FileSystemException named =
                new FileSystemException(destination.out().toString(), null, "cannot write: " + fault.getMessage());
        named.initCause(fault);
        return named;
    }
}
