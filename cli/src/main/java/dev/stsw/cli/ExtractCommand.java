package dev.stsw.cli;

import dev.stsw.torch.NumpyWriter.Lacking;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Takes some tensors, or parts of them, out of a model.
@Command(
        name = "extract",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write some tensors, or parts of them, for NumPy, as safetensors, or as bare bytes.",
            "Parts are cut by NumPy's rules. The form follows from the ending of OUT: .npy (one tensor),",
            ".npz, .safetensors, and .raw, .bin or .dat (the bytes of one tensor, little-endian, C order)."
        },
        footer = {
            "",
            "Examples:",
            "  stsw extract model.safetensors wte.weight -o wte.npy",
            "  stsw extract model.safetensors 'wte.weight[0:10, :, -1]' -o part.npy",
            "  stsw extract model.safetensors --include 'h.0.*' -o layer.safetensors"
        })
final class ExtractCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A file, an index of shards, a folder, or - for standard input.")
    private Path in = Path.of("");

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "NAME[SLICE]",
            description =
                    "Tensors, or parts of them: 'wte.weight', 'wte.weight[0:10, :, -1]', in quotes for the shell.")
    private List<String> wanted = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "The file to write, or - for standard output, as bare bytes unless --as says otherwise.")
    private Path out = Path.of("");

    @Option(
            names = "--as",
            paramLabel = "FORM",
            description = "npy, npz, safetensors or raw, whatever the ending of OUT.")
    private Optional<ArrayForm> as = Optional.empty();

    @Option(
            names = "--raw",
            description = "npy, npz: write the bits of dtypes that NumPy lacks as unsigned integers, not F32.")
    private boolean raw;

    @Mixin
    private final NameFilter filter = new NameFilter();

    @Mixin
    private final Writing writing = new Writing();

    ExtractCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (wanted.isEmpty() && !filter.isGiven()) {
            throw new WrongUsage("which tensors? NAME, 'NAME[0:10, :]', or --include GLOB");
        }
        ArrayForm form = form();
        return new Flow(root, "extract", new Extraction(in, wanted, filter), out, Selection.all(), writing)
                .writing(form, raw ? Lacking.RAW : Lacking.WIDEN)
                .run();
    }

    private ArrayForm form() {
        if (as.isPresent()) {
            return as.get();
        }
        if (new Destination(out).isStdout()) {
            return ArrayForm.RAW;
        }
        return ArrayForm.of(out)
                .orElseThrow(() -> new WrongUsage("as what? OUT ends in none of .npy, .npz, .safetensors and .raw: --as"
                        + " npy, npz, safetensors or raw"));
    }
}
