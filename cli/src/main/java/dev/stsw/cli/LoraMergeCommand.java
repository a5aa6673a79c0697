package dev.stsw.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Adds an adapter to a model.
@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write a model with a LoRA in it: each weight plus scale times B times A, rounded once.",
            "Names and dtypes are those of BASE; modules that it does not have are an error."
        },
        footer = {
            "",
            "Examples:",
            "  stsw lora merge base/ adapter/ -o merged.safetensors",
            "  stsw lora merge base/ adapter/ -o merged/ --max-shard-size 5GB --crc32",
            "  stsw lora merge unet.safetensors style.safetensors -o styled.safetensors --scale 0.8"
        })
final class LoraMergeCommand implements Callable<Integer> {
    /// More do not make it faster on the disks that people have.
    private static final int MOST_WORKERS = 4;

    private final RootCommand root;

    @Parameters(index = "0", paramLabel = "BASE", description = "The model: a file, an index of shards, or a folder.")
    private Path base = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "ADAPTER",
            description =
                    "A file of PEFT, kohya's scripts or diffusers, or PEFT's folder; adapter_config.json lies beside it.")
    private Path adapter = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "The file to write, or - for standard output; with --max-shard-size a folder.")
    private Path out = Path.of("");

    @Option(
            names = "--scale",
            paramLabel = "NUMBER",
            description = "Multiply what is added by this, beside alpha / rank (default: 1).")
    private double strength = 1;

    @Option(
            names = "--max-shard-size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description = "Write several files of at most this size (5GB, 500MB, 2GiB) and their index.")
    private Optional<Long> maxShardSize = Optional.empty();

    @Mixin
    private final Writing writing = new Writing();

    LoraMergeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (!Double.isFinite(strength)) {
            throw new WrongUsage("--scale is " + strength + ", and not a finite number");
        }
        writing.setMaxShardSize(maxShardSize);
        if (maxShardSize.isEmpty() && !new Destination(out).isStdout()) {
            writing.setUsualWorkers(Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors()));
        }
        LoraInput input = new LoraInput(base, adapter, strength);
        return new Flow(root, "lora merge", input, out, Selection.all(), writing)
                .telling(input::losses)
                .run();
    }
}
