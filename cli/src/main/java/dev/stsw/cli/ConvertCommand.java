package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.WriteOptions;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Turns a PyTorch checkpoint, or a safetensors file of any dialect, into an official safetensors file.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write PyTorch checkpoints, NumPy arrays, or safetensors files of any dialect, as safetensors.",
            "OUT appears whole or not at all; a file that is already there stays until then, and is replaced.",
            "IN and OUT may be the same file."
        })
final class ConvertCommand implements PlainCommand {
    private final RootCommand root;
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = {
                "What to convert: a file (its content tells what it is), an index of shards, or a folder.",
                "A pipe, or - for standard input."
            })
    private Path in = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "The file to write, or - for standard output; what is to be said goes to stderr then.")
    private Path out = Path.of("");

    @Option(names = "--crc32", description = "Write a CRC-32 of the header and of each tensor, for verify.")
    private boolean crc32;

    @Option(
            names = "--resume",
            description = "Leave a partial file beside OUT when interrupted, and go on with one that is there."
                    + " IN and options must be the same. Implies --crc32.")
    private boolean resume;

    @Option(
            names = "--buffer-size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description = "Each of four buffers: 512KiB, 4MB, or a number of MiB (default: 1).")
    private long bufferSize = WriteOptions.DEFAULT_BUFFER_SIZE;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Tensors to write at once, each with its own four buffers (default: 1). Not with --resume.")
    private int workers = 1;

    @Option(
            names = "--max-shard-size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description =
                    "Write several files of at most this size (5GB, 500MB, 2GiB) and their index; OUT is a folder, or NAME.safetensors.")
    private Optional<Long> maxShardSize = Optional.empty();

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            converter = Metadata.class,
            description = "Write this metadata entry, in place of one of that key. Repeatable.")
    private List<Map.Entry<String, String>> metadata = new ArrayList<>();

    @Option(names = "--no-verify", description = "Do not check the checksums that a safetensors IN may carry.")
    private boolean noVerify;

    @Option(names = "--dry-run", description = "Show what would be written, and write nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private final Selection selection = new Selection();

    ConvertCommand(RootCommand root) {
        this.root = root;
        this.terminal = root.terminal();
    }

    @Override
    public boolean takeFlag(String name) {
        boolean isCrc32 = name.equals("--crc32") && !crc32;
        boolean isJson = name.equals("--json") && !json;
        crc32 |= isCrc32;
        json |= isJson;
        return isCrc32 || isJson;
    }

    @Override
    public boolean takeFiles(List<Path> named) {
        if (named.size() != 2) {
            return false;
        }
        in = named.get(0);
        out = named.get(1);
        return true;
    }

    @Override
    public Integer call() {
        try {
            return convert();
        } catch (FileFaults e) {
            int worst = ExitCode.GOOD;
            for (FileFaults.Found found : e.faults()) {
                worst = ExitCode.worse(worst, report(Problem.of(found.file(), found.fault()), found.fault()));
            }
            return worst;
        } catch (WrongUsage e) {
            return report(new Problem(in.toString(), String.valueOf(e.getMessage()), ExitCode.UNCHECKED), e);
        } catch (IOException | IllegalArgumentException e) {
            return report(Problem.of(in.toString(), e), e);
        } catch (OutOfMemoryError e) {
            return report(Problem.outOfMemory(in.toString()), e);
        }
    }

    private int report(Problem problem, Throwable fault) {
        if (json) {
            Output out = results().out();
            Json.line(
                    out,
                    object -> object.name("file")
                            .string(problem.file())
                            .name("error")
                            .string(problem.sentence()));
            out.flush();
        }
        if (fault instanceof WrongUsage) {
            return root.wrongUsage("convert", problem.sentence());
        }
        return root.report(problem, fault);
    }

    /// Where results go: not among the bytes of the file.
    private Terminal results() {
        return destination().isStdout() && !dryRun ? terminal.withResultsOnErr() : terminal;
    }

    private Destination destination() {
        return new Destination(out);
    }

    private int convert() throws IOException {
        WriteOptions options = writeOptions();
        requireUsable();
        Path folder = destination().isStdout() ? Scratch.usualFolder() : Scratch.folderOf(out);
        CheckpointOptions checkpoints = selection.checkpointOptions().withScratchFolder(folder);
        try (Input input = Input.open(in, checkpoints, !noVerify, folder)) {
            selection.requireApplicable(input, noVerify);
            List<Note> notes = new ArrayList<>(input.notes());
            TensorSource source = withMetadata(selection.apply(in, input, notes));
            Conversion conversion = new Conversion(in, out, input.kind(), source, crc32 || resume, notes);
            if (dryRun) {
                conversion.announce(terminal, json, root.verbose());
                return ExitCode.GOOD;
            }
            if (destination().isStdout() && crc32 && input.source() instanceof PipedSource) {
                throw new WrongUsage("--crc32 to standard output reads the input twice, and what comes through a pipe"
                        + " can be read once: write to a file, or read from one");
            }
            TensorSource whole = PipedSource.toTheEnd(input, source);
            return write(conversion.withSource(isInput() ? new ReleasingSource(whole, input) : whole), options);
        }
    }

    private boolean isInput() throws IOException {
        return Files.isRegularFile(out) && Files.exists(in) && Files.isSameFile(in, out);
    }

    private TensorSource withMetadata(TensorSource source) {
        if (metadata.isEmpty()) {
            return source;
        }
        Map<String, String> entries = new LinkedHashMap<>(source.metadata().orElse(Map.of()));
        metadata.forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        return TensorSources.withMetadata(source, Optional.of(entries));
    }

    private WriteOptions writeOptions() {
        if (bufferSize > Integer.MAX_VALUE) {
            throw new WrongUsage("--buffer-size: " + bufferSize + " bytes are more than 1 GiB");
        }
        WriteOptions options =
                WriteOptions.defaults().withCrc32(crc32 || resume).withResume(resume);
        options = named("--workers", options, given -> given.withWorkers(workers));
        return named("--buffer-size", options, given -> given.withBufferSize((int) bufferSize));
    }

    /// Whose limits the library knows, but not under which name they were asked for.
    private static WriteOptions named(String option, WriteOptions options, UnaryOperator<WriteOptions> change) {
        try {
            return change.apply(options);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(option + ": " + e.getMessage());
        }
    }

    /// @throws WrongUsage if options contradict each other, or OUT
    private void requireUsable() {
        if (resume && workers > 1) {
            throw new WrongUsage("--resume goes by order, so it does not go with --workers");
        }
        if (!destination().isStdout()) {
            destination().requireEnding();
            return;
        }
        String option = resume ? "--resume" : maxShardSize.isPresent() ? "--max-shard-size" : "--workers";
        if (resume || maxShardSize.isPresent() || workers > 1) {
            throw new WrongUsage(option + " needs a file, and OUT is standard output");
        }
        if (!dryRun && terminal.out().isTerminal()) {
            throw new WrongUsage("OUT is standard output, and that is a terminal: send it to a file or a pipe");
        }
    }

    private int write(Conversion conversion, WriteOptions options) throws IOException {
        long start = System.nanoTime();
        List<Path> files;
        try (CleanEnd end = new CleanEnd()) {
            if (end.ending()) {
                return ExitCode.UNCHECKED;
            }
            try (ProgressBar bar = ProgressBar.on(terminal, out.toString())) {
                TensorSource source = new BlamedSource(in.toString(), conversion.source());
                files = write(source, options.withProgress(bar));
            } catch (IOException e) {
                if (end.ending()) {
                    return ExitCode.UNCHECKED; // Ctrl-C: the user knows.
                }
                throw blamed(e);
            }
        }
        conversion.notes().addAll(selection.afterwards());
        Terminal results = results();
        conversion.report(results, json, root.verbose(), files, Duration.ofNanos(System.nanoTime() - start));
        results.out().flush();
        return ExitCode.GOOD;
    }

    /// Returns the files where they are not simply OUT.
    private List<Path> write(TensorSource source, WriteOptions options) throws IOException {
        Destination destination = destination();
        if (destination.isStdout()) {
            new ChannelWriter(source, options).write(terminal.out().bytes());
            return List.of();
        }
        if (maxShardSize.isEmpty()) {
            destination.requireFile();
            Stsw.write(source, out, options);
            return List.of();
        }
        return Stsw.writeShards(
                source, destination.shardFolder(), destination.shardStem(), maxShardSize.get(), options);
    }

    /// What the source does not claim for its file is the target's.
    private IOException blamed(IOException fault) {
        if (fault.getClass() != IOException.class) {
            return fault;
        }
        FileSystemException named =
                new FileSystemException(out.toString(), null, "cannot write: " + fault.getMessage());
        named.initCause(fault);
        return named;
    }
}
