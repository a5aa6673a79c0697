package dev.stsw.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which files are one model, where it goes, and sizes as people write them. */
class ModelTest {
    private static List<Model> models(String... paths) {
        return Model.of(Arrays.stream(paths)
                .map(path -> new Listing.Entry("hdfs://n/in/" + path, path, 1))
                .toList());
    }

    @Test
    void aCheckpointIsCalledAsTransformersCallsTheSameModel() {
        assertThat(models("a/pytorch_model.bin", "b/diffusion_pytorch_model.bin", "c/adapter_model.bin", "last.ckpt"))
                .extracting(Model::stem)
                .containsExactly("a/model", "b/diffusion_pytorch_model", "c/adapter_model", "last");
    }

    @Test
    void shardsOfOneNameAndCountAreOneModelInTheOrderOfTheirNumbers() {
        List<Model> models = models(
                "a/pytorch_model-00002-of-00002.bin",
                "a/pytorch_model-00001-of-00002.bin",
                "b/model-00001-of-00001.safetensors");

        assertThat(models).extracting(Model::stem).containsExactly("a/model", "b/model");
        assertThat(models).extracting(Model::problem).containsOnly("");
        assertThat(models.get(0).files())
                .extracting(FileRange::path)
                .containsExactly("a/pytorch_model-00001-of-00002.bin", "a/pytorch_model-00002-of-00002.bin");
    }

    @Test
    void aMissingShardIsAProblemAndSoIsAPlaceThatIsTaken() {
        assertThat(models("a/model-00001-of-00003.safetensors", "a/model-00003-of-00003.safetensors")
                        .get(0)
                        .problem())
                .isEqualTo("its shard 2 of 3 is missing");
        assertThat(models("a/x.bin", "a/x.pt").get(1).problem()).isEqualTo("would be written where a/x.bin goes");
    }

    @Test
    void sizesAreDecimalOrBinaryAsTheyAreWritten() {
        assertThat(Sizes.parse("x", "5GB")).isEqualTo(5_000_000_000L);
        assertThat(Sizes.parse("x", "64 MiB")).isEqualTo(64L << 20);
        assertThat(Sizes.parse("x", "100b")).isEqualTo(100);
        assertThat(Sizes.parse("x", "7")).isEqualTo(7);
        assertThatThrownBy(() -> Sizes.parse("--max-shard-size", "five"))
                .hasMessage(
                        "option '--max-shard-size': expected a size such as 67108864, 64MiB or 5GB but found 'five'");
        assertThatThrownBy(() -> Sizes.parse("x", "999999999999999999TB")).hasMessageContaining("is too large");
    }
}
