package dev.stsw.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.model.FoundModel.About;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Folders as people have them, without a disk.
class ModelFinderTest {
    private static final String ONE = "model-00001-of-00002.safetensors";
    private static final String TWO = "model-00002-of-00002.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private static FoundModel sound(MemoryFolder folder, String... files) throws IOException {
        FoundModel found = ModelFinder.find(folder);
        assertThat(found.refusal()).isEmpty();
        assertThat(found.problems()).isEmpty();
        assertThat(found.files()).containsExactly(files);
        return found;
    }

    private static List<String> subjects(FoundModel found, About about) {
        return found.remarks().stream()
                .filter(remark -> remark.about() == about)
                .map(FoundModel.Remark::subject)
                .toList();
    }

    private static String detail(FoundModel found, String subject) {
        return found.remarks().stream()
                .filter(remark -> remark.subject().equals(subject))
                .findFirst()
                .orElseThrow()
                .detail();
    }

    @Test
    void anIndexThatFitsIsTakenAndWhatItLeavesOutIsNamed() throws IOException {
        MemoryFolder folder = MemoryFolder.of(ONE, TWO, "extra.safetensors").withIndex(INDEX, ONE, TWO);
        FoundModel found = sound(folder, ONE, TWO);
        assertThat(found.indexName()).contains(INDEX);
        assertThat(subjects(found, About.TAKEN)).containsExactly(INDEX);
        assertThat(detail(found, "extra.safetensors")).isEqualTo("not in the index");
    }

    @Test
    void shardsWithoutAnIndexAreCompleteByTheirNames() throws IOException {
        sound(MemoryFolder.of(ONE, TWO), ONE, TWO);
        sound(
                MemoryFolder.of("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"),
                "pytorch_model-00001-of-00002.bin",
                "pytorch_model-00002-of-00002.bin");
        sound(MemoryFolder.of("x_1_of_1.safetensors"), "x_1_of_1.safetensors");
    }

    @Test
    void someToolsCountFromZero() throws IOException {
        sound(MemoryFolder.of("m-0-of-2.bin", "m-1-of-2.bin"), "m-0-of-2.bin", "m-1-of-2.bin");
        sound(
                MemoryFolder.of("m-0-of-2.bin", "m-1-of-2.bin", "m-2-of-2.bin"),
                "m-0-of-2.bin",
                "m-1-of-2.bin",
                "m-2-of-2.bin");
        assertThat(ModelFinder.find(MemoryFolder.of("m-00000-of-00002.bin")).problems())
                .containsExactly("its shard m-00001-of-00002.bin is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "model-00001-of-00003.safetensors,     model-00002-of-00003.safetensors",
        "pytorch_model-00001-of-00003.bin,     pytorch_model-00002-of-00003.bin",
        "diffusion_pytorch_model-00001-of-00003.safetensors, diffusion_pytorch_model-00002-of-00003.safetensors",
        "model.fp16-00001-of-00003.safetensors, model.fp16-00002-of-00003.safetensors",
        "model-00001-of-00003.fp16.safetensors, model-00002-of-00003.fp16.safetensors",
        "model.safetensors-00003-of-00003.safetensors, model.safetensors-00001-of-00003.safetensors",
        "adapter_model-00001-of-00003.safetensors, adapter_model-00002-of-00003.safetensors",
        "00001-of-00003.pt,                    00002-of-00003.pt",
        "consolidated.01.pth,                  consolidated.00.pth",
    })
    void aLoneShardIsAnErrorThatNamesTheOthers(String file, String missing) throws IOException {
        FoundModel found = ModelFinder.find(MemoryFolder.of(file));
        assertThat(found.problems()).contains("its shard " + missing + " is missing");
        assertThat(found.files()).containsExactly(file);
    }

    @Test
    void aBillionMissingShardsAreOneSentence() throws IOException {
        assertThat(ModelFinder.find(MemoryFolder.of("m-05-of-999999999.bin", "m-20-of-999999999.bin"))
                        .problems())
                .containsExactly(
                        "its shard m-01-of-999999999.bin is missing",
                        "its shard m-02-of-999999999.bin is missing",
                        "its shard m-03-of-999999999.bin is missing",
                        "its shard m-04-of-999999999.bin is missing",
                        "its shards m-06-of-999999999.bin to m-19-of-999999999.bin are missing",
                        "its shards m-21-of-999999999.bin to m-999999999-of-999999999.bin are missing");
        assertThat(ModelFinder.find(MemoryFolder.of("m-1-of-1.bin", "m-3-of-1.bin"))
                        .problems())
                .containsExactly("its shard m-3-of-1.bin is beyond the count in its name");
    }

    @Test
    void slicesOfTensorsAreNotJoined() throws IOException {
        sound(MemoryFolder.of("consolidated.00.pth"), "consolidated.00.pth");
        assertThat(ModelFinder.find(MemoryFolder.of("consolidated.00.pth", "consolidated.01.pth"))
                        .problems())
                .singleElement()
                .asString()
                .contains("slices of each tensor");
    }

    @Test
    void aStaleIndexBesideACompleteSetIsLeft() throws IOException {
        MemoryFolder folder = MemoryFolder.of(ONE, TWO)
                .withIndex(INDEX, "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors");
        assertThat(subjects(sound(folder, ONE, TWO), About.WARNING)).containsExactly(INDEX);
        MemoryFolder single = MemoryFolder.of("model.safetensors").withIndex(INDEX, ONE, TWO);
        assertThat(subjects(sound(single, "model.safetensors"), About.WARNING)).containsExactly(INDEX);
        MemoryFolder broken = MemoryFolder.of(ONE, TWO).withText(INDEX, "<html>");
        assertThat(subjects(sound(broken, ONE, TWO), About.WARNING)).containsExactly(INDEX);
    }

    @Test
    void anIndexOfSomeOfTheShardsThatAreThereIsNotStale() throws IOException {
        MemoryFolder folder = MemoryFolder.of(ONE, TWO).withIndex(INDEX, ONE, TWO, "lost.safetensors");
        assertThat(ModelFinder.find(folder).problems()).containsExactly("its shard lost.safetensors is missing");
    }

    @Test
    void anIndexThatLeadsElsewhereIsNotPassedOver() throws IOException {
        for (String shard : List.of("../secret.safetensors", "/etc/passwd", "a:b", INDEX)) {
            MemoryFolder folder = MemoryFolder.of(ONE, TWO).withIndex(INDEX, shard);
            assertThat(ModelFinder.find(folder).problems()).as(shard).hasSize(1);
        }
    }

    @Test
    void anIndexMayLeaveOutShardsOfTheSameCountAndItIsSaid() throws IOException {
        MemoryFolder folder = MemoryFolder.of("m-1-of-3.safetensors", "m-2-of-3.safetensors", "m-3-of-3.safetensors")
                .withIndex("m.safetensors.index.json", "m-1-of-3.safetensors", "m-2-of-3.safetensors");
        FoundModel found = sound(folder, "m-1-of-3.safetensors", "m-2-of-3.safetensors");
        assertThat(detail(found, "m-3-of-3.safetensors")).isEqualTo("not in the index of its siblings");
        assertThat(subjects(found, About.WARNING)).containsExactly("m.safetensors.index.json");
    }

    @Test
    void shardsMayLieBelowTheIndex() throws IOException {
        sound(MemoryFolder.of("parts/a.safetensors").withIndex(INDEX, "parts/a.safetensors"), "parts/a.safetensors");
    }

    @Test
    void theSafeFormOfAModelWins() throws IOException {
        for (String stem : List.of("diffusion_pytorch_model", "adapter_model", "pytorch_lora_weights", "anything")) {
            FoundModel found = sound(MemoryFolder.of(stem + ".bin", stem + ".safetensors"), stem + ".safetensors");
            assertThat(detail(found, stem + ".bin")).isEqualTo("another form of the model");
        }
        sound(MemoryFolder.of("pytorch_model.bin", "model.safetensors"), "model.safetensors");
        MemoryFolder both = MemoryFolder.of("x-1-of-1.bin", "x-1-of-1.safetensors")
                .withIndex("x.bin.index.json", "x-1-of-1.bin")
                .withIndex("x.safetensors.index.json", "x-1-of-1.safetensors");
        sound(both, "x-1-of-1.safetensors");
    }

    @Test
    void anIndexWhoseShardsWereNotFetchedGivesWayToAnotherForm() throws IOException {
        MemoryFolder folder = MemoryFolder.of("pytorch_model.bin").withIndex(INDEX, ONE, TWO);
        assertThat(subjects(sound(folder, "pytorch_model.bin"), About.WARNING)).containsExactly(INDEX);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "optimizer.pt",
                "optimizer_0.bin",
                "optimizer.safetensors",
                "scheduler.pt",
                "scheduler_1.bin",
                "rng_state.pth",
                "rng_state_3.pth",
                "training_args.bin",
                "scaler.pt",
                "zero_pp_rank_0_mp_rank_00_optim_states.pt",
                "random_states_0.pt"
            })
    void whatATrainerNeedsIsNeverAModel(String file) throws IOException {
        assertThat(ModelFinder.find(MemoryFolder.of(file)).refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains(file));
        FoundModel found = sound(MemoryFolder.of(file, "weights.pt"), "weights.pt");
        assertThat(detail(found, file)).isEqualTo("training state");
    }

    @ParameterizedTest
    @CsvSource({
        "model.fp16.safetensors,                  a variant",
        "model.ema.safetensors,                   a variant",
        "unet.non_ema.safetensors,                a variant",
        "diffusion_pytorch_model.bf16.safetensors, a variant",
        "adapter_model.safetensors,               an adapter",
        "pytorch_lora_weights.safetensors,        an adapter",
        "0000100_adapters.safetensors,            an adapter",
    })
    void thePlainModelWinsOverVariantsAndAdapters(String file, String what) throws IOException {
        FoundModel found = sound(MemoryFolder.of(file, "model.safetensors"), "model.safetensors");
        assertThat(detail(found, file)).isEqualTo(what);
        assertThat(detail(sound(MemoryFolder.of(file), file), file)).isEqualTo(what + ", one file");
    }

    @Test
    void variantsHaveIndexesOfTheirOwn() throws IOException {
        String shard = "model.fp16-00001-of-00001.safetensors";
        MemoryFolder folder = MemoryFolder.of(shard).withIndex("model.safetensors.index.fp16.json", shard);
        assertThat(sound(folder, shard).indexName()).contains("model.safetensors.index.fp16.json");
        folder.with(ONE, TWO).withIndex(INDEX, ONE, TWO);
        assertThat(detail(sound(folder, ONE, TWO), "model.safetensors.index.fp16.json"))
                .isEqualTo("a variant");
    }

    @Test
    void aLoneShardIsNotReplacedByWhateverElseIsThere() throws IOException {
        for (String other : List.of("adapter_model.safetensors", "model.fp16.safetensors", "vae.safetensors")) {
            FoundModel found = ModelFinder.find(MemoryFolder.of("model-00001-of-00003.safetensors", other));
            assertThat(found.problems()).as(other).hasSize(2);
        }
        FoundModel found = ModelFinder.find(MemoryFolder.of("x-1-of-2.safetensors", "y.safetensors"));
        assertThat(found.refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains("more than one model"));
    }

    @Test
    void severalModelsAreRefused() throws IOException {
        for (MemoryFolder folder : List.of(
                MemoryFolder.of("a.safetensors", "b.safetensors"),
                MemoryFolder.of("a.pt", "b.pt"),
                MemoryFolder.of("a.pt", "a.ckpt"),
                MemoryFolder.of("model.fp16.safetensors", "model.ema.safetensors"),
                MemoryFolder.of("m-1-of-1.bin", "m-1-of-2.bin", "m-2-of-2.bin"))) {
            assertThat(ModelFinder.find(folder).refusal())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("more than one model"));
        }
    }

    @Test
    void aPipelineNamesItsFolders() throws IOException {
        assertThat(ModelFinder.find(MemoryFolder.of("model_index.json")
                                .withFolder("unet")
                                .withFolder("vae"))
                        .refusal())
                .hasValueSatisfying(reason -> assertThat(reason).endsWith("hold tensors: unet, vae"));
        assertThat(ModelFinder.find(MemoryFolder.of("readme.md", "search.index.json"))
                        .refusal())
                .contains("a folder without a model in it");
    }

    @Test
    void aLinkToNothingIsNoModel() throws IOException {
        MemoryFolder folder =
                MemoryFolder.of("pytorch_model-1-of-2.bin").withFault("pytorch_model-2-of-2.bin", "is a link");
        assertThat(ModelFinder.find(folder).problems()).containsExactly("pytorch_model-2-of-2.bin is a link");
        assertThat(ModelFinder.find(MemoryFolder.of()
                                .withFault("model.safetensors", "is a link")
                                .with("adapter_model.bin"))
                        .problems())
                .containsExactly("model.safetensors is a link");
    }

    @Test
    void namesThatAreNotClearAreQuoted() throws IOException {
        for (String name : List.of("x ", "a?b", "*", "")) {
            MemoryFolder folder = MemoryFolder.of().withIndex(INDEX, "d/" + name + "x ");
            assertThat(ModelFinder.find(folder).problems()).containsExactly("its shard 'd/" + name + "x ' is missing");
        }
    }
}
