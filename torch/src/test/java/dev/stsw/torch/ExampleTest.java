package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checkpoint of the README, made by torch and listed by torch ({@code interop/make_example.py}). */
class ExampleTest {
    private static final Path EXAMPLES = Path.of(System.getProperty("stsw.root"), "examples");
    private static final Path CHECKPOINT = EXAMPLES.resolve("tiny-transformer.pt");

    @Test
    void everyTensorHasTheBytesThatTorchHas() throws IOException {
        List<String> expected;
        try (var lines = Files.lines(EXAMPLES.resolve("tiny-transformer.tsv"))) {
            expected = lines.filter(line -> !line.startsWith("#"))
                    .map(line -> line.substring(0, line.lastIndexOf('\t')))
                    .toList();
        }

        try (Checkpoint checkpoint =
                Listing.open(CHECKPOINT, CheckpointOptions.defaults().withShared(CheckpointOptions.Shared.DUPLICATE))) {
            assertThat(Listing.of(checkpoint)).isEqualTo(expected).hasSizeGreaterThan(30);
        }
    }

    @Test
    void theTiedEmbeddingIsGivenOutOnceAndRecorded() throws IOException {
        try (Checkpoint checkpoint = Listing.open(CHECKPOINT)) {
            assertThat(checkpoint.tensors()).extracting(tensor -> tensor.name()).contains("wte.weight");
            assertThat(checkpoint.tensors()).extracting(tensor -> tensor.name()).doesNotContain("lm_head.weight");
            assertThat(checkpoint.metadata()).contains(Map.of("format", "pt", "lm_head.weight", "wte.weight"));
        }
    }

    @Test
    void whatLiesBesideTheStateDictIsReported() throws IOException {
        try (Checkpoint checkpoint = Listing.open(CHECKPOINT)) {
            CheckpointReport report = checkpoint.report();

            assertThat(report.container()).isEqualTo("zip");
            assertThat(report.key()).isEqualTo("state_dict");
            assertThat(report.skipped()).isEmpty();
            assertThat(report.dropped())
                    .extracting(CheckpointReport.Omission::path)
                    .containsExactly(
                            "epoch", "global_step", "best_loss", "config", "optimizer", "scheduler", "rng_state");
            assertThat(report.unknownGlobals()).isEmpty();
        }
    }
}
