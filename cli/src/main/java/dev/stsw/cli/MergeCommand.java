package dev.stsw.cli;

import dev.stsw.cli.SeveralInputs.OnConflict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `convert` of several inputs.
@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write the tensors of several files as one file.",
            "A tensor that two of them have is an error, unless --on-conflict says which one counts."
        },
        footer = {
            "",
            "Examples:",
            "  stsw merge model-0000?-of-00003.safetensors -o model.safetensors",
            "  stsw merge base.safetensors vae.safetensors -o whole.safetensors --crc32",
            "  stsw merge model.safetensors patch.safetensors -o new.safetensors \\",
            "      --on-conflict last"
        })
final class MergeCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            arity = "1..*",
            paramLabel = "IN",
            description = "Files, indexes of shards or folders, or - for standard input.")
    private List<Path> in = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "The file to write, or - for standard output; what is to be said goes to stderr then.")
    private Path out = Path.of("");

    @Option(
            names = "--on-conflict",
            paramLabel = "HOW",
            description = "A tensor that two INs have: error (default), or take that of the first or the last of them."
                    + " Metadata entries that differ are told; the first counts, or the last with last.")
    private OnConflict onConflict = OnConflict.ERROR;

    @Mixin
    private final Writing writing = new Writing();

    MergeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return new Flow(root, "merge", new SeveralInputs(in, onConflict), out, Selection.all(), writing)
                .keepingChecksums()
                .run();
    }
}
