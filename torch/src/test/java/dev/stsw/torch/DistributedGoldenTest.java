package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that torch.distributed.checkpoint wrote, with what torch reads back from them. */
class DistributedGoldenTest {

    static DistributedCheckpoint open(String folder, CheckpointOptions options) throws IOException {
        return DistributedCheckpoint.open(
                CheckpointFolder.of(Golden.FOLDER.resolve("distributed").resolve(folder)),
                DistributedCheckpoint.METADATA,
                options.withFileName(folder));
    }

    private static List<String> expected(String folder, String prefix) throws IOException {
        return Golden.table("distributed/distributed.tsv").stream()
                .filter(row -> row.get(0).equals(folder) && row.get(1).startsWith(prefix))
                .map(row -> String.join("\t", row.subList(1, 5)).substring(prefix.length()))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "mesh", "flat", "fsdp", "optimizer"})
    void everyTensorIsWhatTorchPutsTogether(String folder) throws IOException {
        try (DistributedCheckpoint checkpoint =
                open(folder, CheckpointOptions.defaults().withKey(""))) {
            assertThat(checkpoint.concurrent()).isTrue();
            assertThat(Listing.of(checkpoint)).isNotEmpty().containsExactlyInAnyOrderElementsOf(expected(folder, ""));
            assertThat(Listing.atOnce(checkpoint)).isEqualTo(Listing.of(checkpoint));
        }
    }

    @ParameterizedTest
    @CsvSource({"single, app.model", "mesh, model", "fsdp, model"})
    void theModelIsTakenWithoutTheKeysAroundIt(String folder, String key) throws IOException {
        try (DistributedCheckpoint checkpoint = open(folder, CheckpointOptions.defaults())) {
            assertThat(Listing.of(checkpoint)).containsExactlyInAnyOrderElementsOf(expected(folder, key + "."));
            assertThat(checkpoint.report().key()).isEqualTo(key);
            assertThat(checkpoint.report().container()).isEqualTo("distributed");
            assertThat(checkpoint.report().unknownGlobals()).isEmpty();
            assertThat(checkpoint.report().warnings()).isEmpty();
        }
    }

    @Test
    void namesThatBeginLikeAKeyKeepTheirBeginningAndOptimizersStay() throws IOException {
        try (DistributedCheckpoint checkpoint = open("flat", CheckpointOptions.defaults())) {
            assertThat(checkpoint.tensors())
                    .extracting(TensorSpec::name)
                    .containsExactlyInAnyOrder("lm_head.weight", "model.embed.weight", "model.norm.weight");
            assertThat(checkpoint.report().dropped())
                    .containsExactlyInAnyOrder(
                            new Omission("optimizer", "1 tensor, 1 object"),
                            new Omission("train_state", "1 tensor"),
                            new Omission("lr_scheduler", "1 object"));
        }
    }

    @Test
    void aKeyTakesWhatLiesUnderIt() throws IOException {
        CheckpointOptions options = CheckpointOptions.defaults();
        try (DistributedCheckpoint checkpoint = open("flat", options.withKey("optimizer"))) {
            assertThat(checkpoint.tensors())
                    .extracting(TensorSpec::name)
                    .containsExactly("state.lm_head.weight.exp_avg");
            assertThat(checkpoint.report().skipped())
                    .containsExactly(new Omission("param_groups.lm_head.weight.lr", "pickled object"));
        }
        assertThatThrownBy(() -> open("flat", options.withKey("ema")))
                .hasMessage("flat: no key 'ema'; it has 'model', 'lm_head', 'lr_scheduler', 'optimizer', 'train_state'")
                .extracting("kind")
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void prefixAndFilterChooseAndRename() throws IOException {
        CheckpointOptions options =
                CheckpointOptions.defaults().withStripPrefix("model.").withFilter(name -> name.startsWith("norm"));
        try (DistributedCheckpoint checkpoint = open("flat", options)) {
            assertThat(checkpoint.tensors()).extracting(TensorSpec::name).containsExactly("norm.weight");
            assertThat(checkpoint.report().renamed())
                    .containsEntry("model.norm.weight", "norm.weight")
                    .hasSize(2);
            assertThat(checkpoint.report().dropped())
                    .contains(new Omission("lm_head.weight", "held back by the filter"));
        }
    }

    @Test
    void whatCannotBeWrittenIsNamedUnlessTheFilterHoldsItBack() throws IOException {
        assertThatThrownBy(() -> open("unwritable", CheckpointOptions.defaults()))
                .hasMessage("unwritable: tensor 'b' is of dtype torch.complex128, for which safetensors has no form");
        try (DistributedCheckpoint checkpoint =
                open("unwritable", CheckpointOptions.defaults().withFilter("a"::equals))) {
            assertThat(checkpoint.tensors()).extracting(TensorSpec::name).containsExactly("a");
        }
    }

    @Test
    void anOptimizerAloneIsNoModel() {
        assertThatThrownBy(() -> open("optimizer", CheckpointOptions.defaults()))
                .hasMessage("optimizer: no tensors of a model in it; it has 'optimizer', 'epoch'"
                        + " (--key takes one of them)");
    }

    @Test
    void strictTakesWhatTorchWrites() throws IOException {
        open("single", CheckpointOptions.defaults().withStrict(true)).close();
    }
}
