package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.WriteOptions;
import dev.stsw.format.TensorSource;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Turns a PyTorch checkpoint, or a safetensors file of any dialect, into an official safetensors file.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.Version.class,
        description = {
            "Write PyTorch checkpoints, NumPy arrays, or safetensors files of any dialect, as safetensors.",
            "OUT appears whole or not at all; a file that is already there stays until then, and is replaced.",
            "IN and OUT may be the same file."
        })
final class ConvertCommand implements PlainCommand {
    private static final String SUFFIX = ".safetensors";

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

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
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
            description = "Each of four buffers, in MiB, or with B, K, M or G (default: 1).")
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
                    "Write several files of at most this size and their index; OUT is a folder, or NAME.safetensors.")
    private Optional<Long> maxShardSize = Optional.empty();

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
        } catch (IOException | IllegalArgumentException e) {
            return report(Problem.of(in.toString(), e), e);
        } catch (OutOfMemoryError e) {
            return report(Problem.outOfMemory(in.toString()), e);
        }
    }

    private int report(Problem problem, Throwable fault) {
        if (json) {
            Json.line(
                    terminal.out(),
                    object -> object.name("file")
                            .string(problem.file())
                            .name("error")
                            .string(problem.sentence()));
        }
        return root.report(problem, fault);
    }

    private int convert() throws IOException {
        WriteOptions options = writeOptions();
        try (Input input = Input.open(in, selection.checkpointOptions(), !noVerify, Scratch.folderOf(out))) {
            List<Note> notes = new ArrayList<>(input.notes());
            TensorSource source = selection.apply(input, notes);
            Conversion conversion = new Conversion(in, out, input.kind(), source, crc32 || resume, notes);
            if (dryRun) {
                conversion.announce(terminal, json);
                return ExitCode.GOOD;
            }
            return write(conversion.withSource(PipedSource.toTheEnd(input, source)), options);
        }
    }

    private WriteOptions writeOptions() {
        return WriteOptions.defaults()
                .withCrc32(crc32 || resume)
                .withResume(resume)
                .withWorkers(workers)
                .withBufferSize((int) Math.min(bufferSize, Integer.MAX_VALUE));
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
        conversion.report(terminal, json, files, Duration.ofNanos(System.nanoTime() - start));
        return ExitCode.GOOD;
    }

    /// Returns the files where they are not simply OUT.
    private List<Path> write(TensorSource source, WriteOptions options) throws IOException {
        if (maxShardSize.isEmpty()) {
            checkTarget(out);
            Stsw.write(source, out, options);
            return List.of();
        }
        Path name = out.getFileName();
        boolean stem = name != null && name.toString().endsWith(SUFFIX) && !Files.isDirectory(out);
        Path parent = out.getParent();
        Path folder = !stem ? out : parent == null ? Path.of("") : parent;
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new FileSystemException(folder.toString(), null, "cannot write shards: not a folder");
        }
        return Stsw.writeShards(
                source,
                folder,
                stem ? name.toString().substring(0, name.toString().length() - SUFFIX.length()) : "model",
                maxShardSize.get(),
                options);
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

    /// Says what the writer would say with fewer words.
    private static void checkTarget(Path out) throws IOException {
        if (Files.isDirectory(out)) {
            throw new FileSystemException(out.toString(), null, "cannot write: is a directory");
        }
        Path folder = out.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new FileSystemException(out.toString(), null, "cannot write: no folder " + folder);
        }
    }
}
