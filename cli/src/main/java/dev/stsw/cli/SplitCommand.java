package dev.stsw.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `convert --max-shard-size` under the name that people look for.
@Command(
        name = "split",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write a model as several files of a limited size, and their index.",
            "The files are called model-00001-of-00003.safetensors and so on; none is replaced."
        },
        footer = {
            "",
            "Examples:",
            "  stsw split model.safetensors model/",
            "  stsw split model.safetensors model/ --max-shard-size 2GB --crc32",
            "  stsw split old-shards/ new-shards/ --max-shard-size 500MB"
        })
final class SplitCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A file, an index of shards, a folder, or - for standard input.")
    private Path in = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "FOLDER",
            description = "Where the files go; it is made. NAME.safetensors gives them another name than model.")
    private Path out = Path.of("");

    @Option(
            names = "--max-shard-size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            defaultValue = "5GB",
            description = "At most this size of tensors a file: 5GB (the default), 500MB, 2GiB.")
    private long maxShardSize;

    @Mixin
    private final Writing writing = new Writing();

    SplitCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        writing.setMaxShardSize(Optional.of(maxShardSize));
        return Flow.of(root, "split", in, out, Selection.all(), writing)
                .keepingChecksums()
                .run();
    }
}
