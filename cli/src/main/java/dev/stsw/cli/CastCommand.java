package dev.stsw.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `convert --dtype` under the name that people look for.
@Command(
        name = "cast",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write floating-point tensors as another dtype, rounded to nearest even; the others stay as they are.",
            "What becomes infinite, NaN or zero on the way is counted and told."
        },
        footer = {
            "",
            "Examples:",
            "  stsw cast model.safetensors --dtype bf16 -o model.bf16.safetensors",
            "  stsw cast model-folder/ --dtype fp16 -o model.safetensors --crc32",
            "  stsw cast model.safetensors --dtype fp8 --exclude '*norm*' --in-place",
            "  stsw cast fp8-model/ --dequantize -o model.bf16.safetensors"
        })
final class CastCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A file, an index of shards, a folder, or - for standard input.")
    private Path in = Path.of("");

    @Mixin
    private final NumberChange numbers = new NumberChange();

    @Option(
            names = "--include",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "Cast only tensors whose name matches; * and ? as usual. The others stay. Repeatable.")
    private List<Glob> include = new ArrayList<>();

    @Option(
            names = "--exclude",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "Leave tensors whose name matches as they are. Repeatable.")
    private List<Glob> exclude = new ArrayList<>();

    @Mixin
    private final OutChoice out = new OutChoice();

    @Mixin
    private final Writing writing = new Writing();

    CastCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (!numbers.isGiven()) {
            throw new WrongUsage("to which dtype? --dtype bf16, fp16, float32, fp8 or another, or --dequantize");
        }
        return Flow.of(
                        root,
                        "cast",
                        in,
                        out.of(in),
                        Selection.all().with(numbers, new NameFilter(include, exclude)),
                        writing)
                .replacingInput(out.inPlace())
                .keepingChecksums()
                .run();
    }
}
