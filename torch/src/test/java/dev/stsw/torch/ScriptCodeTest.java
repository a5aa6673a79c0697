package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.torch.CheckpointReport.Omission;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tensors of a TorchScript archive its {@code state_dict()} has. */
class ScriptCodeTest {
    private static final Path FILES = Golden.FOLDER.resolve("torch");

    @TempDir
    private Path folder;

    /** A module with two tensors, {@code weight} and {@code cache}, and this code. */
    private Checkpoint scripted(String code) throws IOException {
        PickleBytes pickle = PickleBytes.start().global("__torch__.Some", "Net").op(')', 0x81, '}', '(');
        for (String name : new String[] {"cache", "weight"}) {
            pickle.text(name).tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1});
        }
        return Listing.open(
                Crafted.of(pickle.op('u', 'b').stop())
                        .with("constants.pkl", PickleBytes.start().op(')').stop())
                        .with("data/0", new byte[8])
                        .with("code/__torch__/Some.py", code.getBytes(StandardCharsets.UTF_8))
                        .write(folder),
                CheckpointOptions.defaults().withShared(CheckpointOptions.Shared.DUPLICATE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "class Net(Module):;  __parameters__ = [\"weight\", ];  __buffers__ = [];|weight",
                "class Net(Module):;  __parameters__ = [];  __buffers__ = [\"cache\", ];|cache",
                "class Net(Module):;  __parameters__ = [\"weight\", ];  __buffers__ = [\"cache\", ];|weight,cache",
                "class Net(Module):;  __parameters__ = [\"weight\", ];  def forward(self):|weight,cache",
                "class Other(Module):;  __parameters__ = [];  __buffers__ = []|cache,weight"
            })
    void theCodeSaysWhatIsPartOfTheState(String code, String names) throws IOException {
        try (Checkpoint checkpoint = scripted(code.replace(';', '\n'))) {
            assertThat(checkpoint.tensors()).extracting(tensor -> tensor.name()).containsExactly(names.split(","));
        }
    }

    @Test
    void aLineWithoutEndAndOneThatIsTooLongAreNoFaults() throws IOException {
        String code = "x".repeat(200_000) + "\nclass Net(Module):\n  __parameters__ = [\"weight\"]\n  __buffers__ = []";
        try (Checkpoint checkpoint = scripted(code)) {
            assertThat(checkpoint.tensors()).extracting(tensor -> tensor.name()).containsExactly("weight");
        }
    }

    @Test
    void attributesAreLeftOutAndTold() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FILES.resolve("torchscript-attributes.pt"))) {
            assertThat(checkpoint.report().skipped())
                    .containsExactlyInAnyOrder(
                            new Omission("cache", "tensor that is an attribute, and no part of state_dict()"),
                            new Omission("pair", "tuple of 2 that is an attribute, and no part of state_dict()"),
                            new Omission(
                                    "listed",
                                    "object of 'torch.jit._pickle.build_tensorlist' that is an attribute, and no part of state_dict()"));
        }
    }

    @Test
    void aFrozenModuleIsCalledThat() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FILES.resolve("torchscript-frozen.pt"))) {
            assertThat(checkpoint.report().warnings()).anyMatch(warning -> warning.startsWith("a frozen module"));
        }
    }

    @Test
    void modulesWithoutTensorsAndClassesOfTheFileAreNoNews() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FILES.resolve("torchscript.pt"))) {
            assertThat(checkpoint.report().skipped()).isEmpty();
            assertThat(checkpoint.report().unknownGlobals()).isEmpty();
        }
        try (Checkpoint checkpoint = Listing.open(FILES.resolve("module-of-torch.pt"))) {
            assertThat(checkpoint.report().skipped()).isEmpty();
        }
    }
}
