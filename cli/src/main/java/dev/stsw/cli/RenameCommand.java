package dev.stsw.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `convert --rename` under the name that people look for.
@Command(
        name = "rename",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Give tensors other names, by regular expressions or without a prefix.",
            "Metadata entries that name a tensor's other name follow."
        },
        footer = {
            "",
            "Examples:",
            "  stsw rename model.safetensors --strip-prefix model. -o renamed.safetensors",
            "  stsw rename model.safetensors --rename '^=model.' -o prefixed.safetensors",
            "  stsw rename m.safetensors --rename 'h\\.(\\d+)=layers.$1' -o n.safetensors"
        })
final class RenameCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A file, an index of shards, a folder, or - for standard input.")
    private Path in = Path.of("");

    @Mixin
    private final NameChange names = new NameChange();

    @Mixin
    private final OutChoice out = new OutChoice();

    @Mixin
    private final Writing writing = new Writing();

    RenameCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (!names.isGiven()) {
            throw new WrongUsage("how? --rename REGEX=TEXT, or --strip-prefix TEXT");
        }
        return Flow.of(root, "rename", in, out.of(in), Selection.all().with(names), writing)
                .replacingInput(out.inPlace())
                .keepingChecksums()
                .run();
    }
}
