package dev.stsw.cli;

import dev.stsw.WriteOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write PyTorch checkpoints, NumPy arrays, or safetensors files of any dialect, as safetensors.",
            "OUT appears whole or not at all; a file that is already there stays until then, and is replaced.",
            "IN and OUT may be the same file."
        })
final class ConvertCommand implements PlainCommand {
    private final RootCommand root;

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

    @Mixin
    private final Writing writing = new Writing();

    @Option(
            names = "--buffer-size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description = "Each of four buffers: 512KiB, 4MB, or a number of MiB (default: 1).")
    private long bufferSize = WriteOptions.DEFAULT_BUFFER_SIZE;

    @Option(
            names = "--max-shard-size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description =
                    "Write several files of at most this size (5GB, 500MB, 2GiB) and their index; OUT is a folder, or"
                            + " NAME.safetensors.")
    private Optional<Long> maxShardSize = Optional.empty();

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            converter = Metadata.class,
            description = "Write this metadata entry, in place of one of that key. Repeatable.")
    private List<Map.Entry<String, String>> metadata = new ArrayList<>();

    @Mixin
    private final PartChoice part = new PartChoice();

    @Mixin
    private final NameFilter filter = new NameFilter();

    @Mixin
    private final NameChange names = new NameChange();

    @Mixin
    private final NumberChange numbers = new NumberChange();

    ConvertCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public void setFlag(String name) {
        writing.setFlag(name);
    }

    @Override
    public void setFiles(List<Path> named) {
        in = named.get(0);
        out = named.get(1);
    }

    @Override
    public Integer call() {
        writing.setBufferSize(bufferSize);
        writing.setMaxShardSize(maxShardSize);
        return Flow.of(root, "convert", in, out, new Selection(part, filter, names, numbers), writing)
                .withMetadata(this::withEntries)
                .replacingInput(true)
                .run();
    }

    private Map<String, String> withEntries(Map<String, String> before) {
        Map<String, String> after = new LinkedHashMap<>(before);
        metadata.forEach(entry -> after.put(entry.getKey(), entry.getValue()));
        return after;
    }
}
