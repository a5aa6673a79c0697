package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointOptions.Shared;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as DeepSpeed saves them under ZeRO, with the weights from before they were cut. */
class DeepSpeedTest {
    private static final CheckpointOptions OPTIONS = CheckpointOptions.defaults();

    private static MemoryFolder folder(String name) throws IOException {
        return MemoryFolder.of(Golden.FOLDER.resolve("deepspeed").resolve(name));
    }

    private static DeepSpeedCheckpoint open(MemoryFolder folder, CheckpointOptions options) throws IOException {
        return DeepSpeedCheckpoint.open(folder, folder.files.keySet(), options.withFileName("folder"));
    }

    @ParameterizedTest
    @CsvSource({"stage1, 1", "stage2, 2", "stage3, 3", "stage3-one, 3"})
    void theWeightsAreThoseFromBeforeTheyWereCut(String name, int stage) throws IOException {
        List<String> expected = Golden.table("deepspeed/deepspeed.tsv").stream()
                .filter(row -> row.get(0).equals(name))
                .map(row -> String.join("\t", row.subList(1, 5)))
                .toList();
        MemoryFolder folder = folder(name);
        try (DeepSpeedCheckpoint checkpoint = open(folder, OPTIONS)) {
            assertThat(Listing.of(checkpoint)).isNotEmpty().isEqualTo(expected);
            assertThat(Listing.atOnce(checkpoint)).isEqualTo(expected);
            assertThat(checkpoint.report().container()).isEqualTo("DeepSpeed ZeRO-" + stage);
            assertThat(checkpoint.report().shared()).isEqualTo(Map.of("lm_head.weight", "wte.weight"));
            assertThat(checkpoint.metadata().orElseThrow())
                    .isEqualTo(Map.of("format", "pt", "lm_head.weight", "wte.weight"));
        }
        assertThat(folder.open).hasValue(0);
    }

    @Test
    void sharedParametersAreGivenOutTwiceOrRefusedIfThatIsWanted() throws IOException {
        try (DeepSpeedCheckpoint checkpoint = open(folder("stage3"), OPTIONS.withShared(Shared.DUPLICATE))) {
            assertThat(Listing.bytes(checkpoint, "lm_head.weight"))
                    .isEqualTo(Listing.bytes(checkpoint, "wte.weight"))
                    .hasSize(176);
            assertThat(checkpoint.report().shared()).isEmpty();
        }
        assertThatThrownBy(() -> open(folder("stage3"), OPTIONS.withShared(Shared.ERROR)))
                .hasMessage("folder: tensors 'lm_head.weight' and 'wte.weight' are the same one");
    }

    @Test
    void prefixAndFilterChooseAndRename() throws IOException {
        try (DeepSpeedCheckpoint checkpoint =
                open(folder("stage2"), OPTIONS.withStripPrefix("h.0.").withFilter(name -> name.startsWith("mlp")))) {
            assertThat(checkpoint.tensors()).extracting(TensorSpec::name).containsExactly("mlp.weight", "mlp.bias");
            assertThat(checkpoint.report().renamed()).containsEntry("h.0.mlp.bias", "mlp.bias");
            assertThat(checkpoint.report().shared()).isEmpty();
        }
    }

    @Test
    void theEmptyTensorsThatStage3LeavesAreToldOf() throws IOException {
        try (Checkpoint checkpoint =
                Listing.open(Golden.FOLDER.resolve("deepspeed/stage3/zero_pp_rank_0_mp_rank_00_model_states.pt"))) {
            assertThat(checkpoint.report().warnings())
                    .anyMatch(text -> text.matches("\\d+ of \\d+ tensors are empty: ZeRO-3 .* convert the folder .*"));
        }
        try (Checkpoint checkpoint =
                Listing.open(Golden.FOLDER.resolve("deepspeed/stage2/mp_rank_00_model_states.pt"))) {
            assertThat(checkpoint.report().warnings()).noneMatch(text -> text.contains("empty"));
        }
    }

    private static void assertRefused(MemoryFolder folder, Kind kind, String message) {
        assertThatThrownBy(() -> open(folder, OPTIONS))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageStartingWith("folder: ")
                .hasMessageContaining(message);
        assertThat(folder.open).hasValue(0);
    }

    private static MemoryFolder renamed(MemoryFolder folder, String from, String to) {
        folder.files.put(to, folder.files.remove(from));
        return folder;
    }

    @Test
    void filesOfOneProcessThatAreMissingAreNoticed() throws IOException {
        MemoryFolder gap = folder("stage3");
        gap.files.remove("zero_pp_rank_1_mp_rank_00_optim_states.pt");
        assertRefused(gap, Kind.CORRUPT, "lacks the optimizer states (*_optim_states.pt) of process 1");
        MemoryFolder last = folder("stage3");
        last.files.remove("zero_pp_rank_3_mp_rank_00_optim_states.pt");
        assertRefused(last, Kind.CORRUPT, "was saved by 4 processes, but has the optimizer states of 3");
        MemoryFolder model = folder("stage2");
        model.files.remove("mp_rank_00_model_states.pt");
        assertRefused(model, Kind.CORRUPT, "has no model states");
    }

    @Test
    void otherKindsOfParallelismAreNamed() throws IOException {
        assertRefused(
                renamed(
                        folder("stage2"),
                        "zero_pp_rank_1_mp_rank_00_optim_states.pt",
                        "zero_pp_rank_0_mp_rank_01_optim_states.pt"),
                Kind.UNSUPPORTED,
                "model parallelism");
        assertRefused(
                renamed(folder("stage2"), "mp_rank_00_model_states.pt", "layer_01-model_00-model_states.pt"),
                Kind.UNSUPPORTED,
                "pipeline parallelism");
        assertRefused(
                renamed(folder("stage2"), "mp_rank_00_model_states.pt", "expert_0_mp_rank_00_model_states.pt"),
                Kind.UNSUPPORTED,
                "expert parallelism");
    }

    @Test
    void vectorsOfAnotherModelDoNotFit() throws IOException {
        MemoryFolder mixed = folder("stage3");
        String model = "zero_pp_rank_0_mp_rank_00_model_states.pt";
        mixed.files.put(model, Crafted.of(shapes(200)).zip());
        assertRefused(
                mixed, Kind.CORRUPT, "tensor 'w' needs 50 elements, but the vectors of the optimizer have 26 left");
        mixed.files.put(model, Crafted.of(shapes(4)).zip());
        assertRefused(mixed, Kind.CORRUPT, "do not fit the shapes of the parameters (vector 0: expected 1, found 26)");
        mixed.files.put(model, Crafted.of(shapes(1L << 62)).zip());
        assertRefused(mixed, Kind.CORRUPT, "a size beyond 64 bits");
        mixed.files.put(model, Crafted.of(PickleBytes.start().op('}').stop()).zip());
        assertRefused(mixed, Kind.CORRUPT, "has no param_shapes");
    }

    private static byte[] shapes(long elements) {
        return PickleBytes.start()
                .op('}')
                .text("param_shapes")
                .op(']', '}')
                .text("w")
                .numbers(elements)
                .op('s', 'a', 's')
                .stop();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage2", "stage3"})
    void damagedFoldersAreReadOrRefusedSoon(String name) throws IOException {
        MemoryFolder good = folder(name);
        List<String> names = good.files.keySet().stream().sorted().toList();
        Random random = new Random(5);
        for (int i = 0; i < 400; i++) {
            MemoryFolder bad = new MemoryFolder();
            bad.files.putAll(good.files);
            String file = names.get(random.nextInt(names.size()));
            byte[] bytes = bad.files.get(file).clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            bad.files.put(file, bytes);
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                try (DeepSpeedCheckpoint checkpoint = open(bad, OPTIONS)) {
                    Listing.of(checkpoint);
                } catch (CheckpointException e) {
                    // As it should be.
                }
            });
            assertThat(bad.open).hasValue(0);
        }
    }
}
