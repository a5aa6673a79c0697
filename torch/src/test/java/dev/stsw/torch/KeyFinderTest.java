package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which part of a checkpoint is the model, and what is said about the others. */
class KeyFinderTest {
    private static final Path WRAPPERS = Golden.FOLDER.resolve("torch");

    @TempDir
    private Path folder;

    private static Checkpoint wrapper(String name) throws IOException {
        return Listing.open(WRAPPERS.resolve("wrapper-" + name + ".pt"));
    }

    /** One dict of tensors under each name, in this order. */
    private Checkpoint of(String... names) throws IOException {
        PickleBytes pickle = PickleBytes.start().op('}', '(');
        for (String name : names) {
            pickle.text(name).op('}', '(').text("w");
            pickle.tensor("FloatStorage", "0", 4, 0, new long[] {4}, new long[] {1})
                    .op('u');
        }
        return Listing.open(
                Crafted.of(pickle.op('u').stop()).with("data/0", new byte[16]).write(folder));
    }

    @ParameterizedTest
    @CsvSource({
        "basicsr,params_ema,params",
        "timm,state_dict,state_dict_ema",
        "gan,generator,discriminator",
        "stylegan2,g_ema,g d",
        "icefall,model,model_avg",
        "nested,model.state_dict,''",
        "tutorial,model_state_dict,''",
        "yolo-ema,ema,''",
        "unnamed-two,'',''"
    })
    void theChoiceIsToldWithItsAlternatives(String name, String key, String alternatives) throws IOException {
        try (Checkpoint checkpoint = wrapper(name)) {
            assertThat(checkpoint.report().key()).isEqualTo(key);
            assertThat(checkpoint.report().alternatives())
                    .isEqualTo(alternatives.isEmpty() ? List.of() : List.of(alternatives.split(" ")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "model,model_state_dict",
        "model,state_dict",
        "module,model",
        "net,module",
        "network,net",
        "generator,network",
        "discriminator,generator",
        "weights,generator",
        "params,weights",
        "params,params_ema",
        "ema,params",
        "ema,model",
        "state,ema",
        "other,state",
        "other,Net_G",
        "other,MODEL"
    })
    void ofTwoNamesTheSecondIsTaken(String other, String taken) throws IOException {
        try (Checkpoint checkpoint = of(other, taken)) {
            assertThat(checkpoint.report().key()).isEqualTo(taken);
            assertThat(checkpoint.report().alternatives()).containsExactly(other);
        }
    }

    @Test
    void twoNamesThatSayNothingAreBothKept() throws IOException {
        try (Checkpoint checkpoint = of("encoder", "decoder")) {
            assertThat(checkpoint.report().key()).isEmpty();
            assertThat(checkpoint.report().shared()).containsExactly(Map.entry("decoder.w", "encoder.w"));
        }
    }

    @Test
    void whatOnlyTrainingNeedsIsDroppedAndTold() throws IOException {
        try (Checkpoint checkpoint = wrapper("unnamed-two")) {
            assertThat(checkpoint.report().dropped())
                    .containsExactly(
                            new Omission("optimizer", "dict of 2"),
                            new Omission("rng_state", "object of 'torch._utils._rebuild_tensor_v2'"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"trainer-optimizer", "trainer-rng", "moments-alone"})
    void aFileWithoutAModelIsRefusedAndKeyTakesItAllTheSame(String name) throws IOException {
        assertThatThrownBy(() -> wrapper(name))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_A_CHECKPOINT))
                .hasMessageContaining("no model in the file")
                .hasMessageContaining("--key '");
        CheckpointOptions whole = CheckpointOptions.defaults().withKey("");
        try (Checkpoint checkpoint = Listing.open(WRAPPERS.resolve("wrapper-" + name + ".pt"), whole)) {
            assertThat(checkpoint.tensors()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"compiled,_orig_mod.module.", "compiled-module,module.", "tutorial,''"})
    void prefixesThatOnlyToolsPutThereAreKeptAndTold(String name, String prefix) throws IOException {
        try (Checkpoint checkpoint = wrapper(name)) {
            assertThat(checkpoint.report().toolPrefix()).isEqualTo(prefix);
            assertThat(checkpoint.tensors())
                    .allMatch(tensor -> tensor.name().startsWith(prefix))
                    .hasSizeGreaterThan(1);
        }
    }
}
