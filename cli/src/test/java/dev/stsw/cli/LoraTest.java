package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `stsw lora` merges as PEFT does, tells what it merged, and what an adapter is.
class LoraTest {
    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("out.safetensors");
    }

    private static Path golden(String name) {
        return Path.of(System.getProperty("stsw.root"), "interop", "golden", "lora", name);
    }

    private static void requireClose(Path merged, Path expected) throws IOException {
        try (StreamReader ours = StreamReader.open(merged);
                StreamReader theirs = StreamReader.open(expected)) {
            assertThat(ours.keys()).containsExactlyInAnyOrderElementsOf(theirs.keys());
            for (TensorMeta tensor : theirs) {
                float[] found = ours.tensor(tensor.name()).toFloatArray();
                float[] wanted = theirs.tensor(tensor.name()).toFloatArray();
                float unit = tensor.dtype() == DType.F32 ? 0x1p-22f : tensor.dtype() == DType.F16 ? 0x1p-10f : 0x1p-7f;
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).isCloseTo(wanted[i], within(unit * Math.max(1, Math.abs(wanted[i]))));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "stabilized", "mixed", "gpt"})
    void aFolderOfPeftIsMergedAsPeftMergesIt(String name) throws IOException {
        Cli.Result result =
                Cli.run("lora", "merge", golden(name).resolve("base.safetensors"), golden(name), "-o", out());
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        requireClose(out(), golden(name).resolve("merged.safetensors"));
    }

    @Test
    void aBaseOfShardsBecomesShards() throws IOException {
        Path shards = folder.resolve("shards");
        Path base = golden("linear").resolve("base.safetensors");
        assertThat(Cli.run("split", base, shards, "--max-shard-size", "3KB").exitCode())
                .isZero();
        Path merged = folder.resolve("merged");
        Cli.Result result =
                Cli.run("lora", "merge", shards, golden("linear"), "-o", merged, "--max-shard-size", "3KB", "--crc32");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(Cli.files(merged)).contains("model.safetensors.index.json", "model-00001-of-00004.safetensors");
        assertThat(Cli.run("convert", merged, out()).exitCode()).isZero();
        requireClose(out(), golden("linear").resolve("merged.safetensors"));
    }

    @Test
    void whatWasMergedIsTold() {
        Path base = golden("linear").resolve("base.safetensors");
        Cli.Result result = Cli.run("lora", "merge", base, golden("linear"), "-o", out(), "--json");
        assertThat(result.out())
                .contains("{\"kind\":\"merged\",\"subject\":\"layers.0.q_proj\",\"detail\":\"rank 4, scale 2.5\"}")
                .contains("{\"kind\":\"merged\",\"subject\":\"layers.1.v_proj\",\"detail\":\"rank 4, scale 0.75\"}")
                .contains(
                        "{\"kind\":\"merged\",\"subject\":\"lm_head.weight\",\"detail\":\"the adapter's own tensor in its"
                                + " place\"}")
                .contains("\"kind\":\"safetensors with LoRA\"");
    }

    @Test
    void kohyasFilesHaveTheirAlphasInTensors() throws IOException {
        Path base = golden("linear").resolve("base.safetensors");
        Cli.Result result = Cli.run("lora", "merge", base, golden("kohya.safetensors"), "-o", out(), "--json");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("\"subject\":\"lora_unet_layers_1_v_proj\",\"detail\":\"rank 4, scale 0.75\"")
                .doesNotContain("warning");
    }

    private Path base() throws IOException {
        Path base = folder.resolve("base.safetensors");
        Stsw.dump(Map.of("q.weight", Tensor.of(new float[] {1, 2}, 1, 2)), base);
        return base;
    }

    private Path adapter(String prefix) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(prefix + "q.lora_A.weight", Tensor.of(new float[] {10, 20}, 1, 2));
        tensors.put(prefix + "q.lora_B.weight", Tensor.of(new float[] {1}, 1, 1));
        Path adapter = folder.resolve("adapter.safetensors");
        Stsw.dump(tensors, adapter);
        return adapter;
    }

    @ParameterizedTest
    @CsvSource({"0.5, 6, 12", "-1, -9, -18", "0, 1, 2"})
    void theStrengthIsChosen(String scale, float first, float second) throws IOException {
        Cli.Result result = Cli.run("lora", "merge", base(), adapter(""), "-o", out(), "--scale", scale);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("warning: the adapter says no alpha");
        try (StreamReader reader = StreamReader.open(out())) {
            assertThat(reader.tensor("q.weight").toFloatArray()).containsExactly(first, second);
        }
    }

    @Test
    void whatCannotBeMergedIsRefusedAndNothingIsWritten() throws IOException {
        Path base = base();
        Path other = folder.resolve("other.safetensors");
        Stsw.dump(Map.of("x.weight", Tensor.of(new float[] {1})), other);
        refused("the base has no tensors for 1 of 1 modules: 'q'", other, adapter(""));
        refused("beside it is none that says lora_alpha", base, adapter("base_model.model."));
        refused("tensors that are no part of a LoRA that can be merged: 'q.weight'", base, base);
        refused("--scale is NaN", base, adapter(""), "--scale", "NaN");
        Path half = folder.resolve("half.safetensors");
        Stsw.dump(Map.of("q.lora_A.weight", Tensor.of(new float[] {10, 20}, 1, 2)), half);
        refused("'q.lora_A.weight'", base, half);
        Files.writeString(folder.resolve("adapter_config.json"), "{\"lora_alpha\": 1, \"use_dora\": true}");
        refused("adapter_config.json: use_dora is set", base, adapter("base_model.model."));
        Files.writeString(folder.resolve("adapter_config.json"), "{\"lora_alpha\": ");
        Cli.Result result = Cli.run("lora", "merge", base, adapter("base_model.model."), "-o", out());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("adapter_config.json at byte");
    }

    private void refused(String words, Path base, Path adapter, Object... options) {
        Object[] arguments = new Object[options.length + 6];
        System.arraycopy(new Object[] {"lora", "merge", base, adapter, "-o", out()}, 0, arguments, 0, 6);
        System.arraycopy(options, 0, arguments, 6, options.length);
        Cli.Result result = Cli.run(arguments);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(words);
        assertThat(out()).doesNotExist();
    }

    @Test
    void sumsThatOverflowAreCounted() throws IOException {
        Path base = folder.resolve("half.safetensors");
        byte[] largest = {(byte) 0xff, 0x7b, 0, 0};
        Stsw.dump(Map.of("q.weight", Tensor.of(DType.F16, Shape.of(1, 2), MemorySegment.ofArray(largest))), base);
        assertThat(Cli.run("lora", "merge", base, adapter(""), "-o", out(), "--scale", "100")
                        .out())
                .contains("overflow: q.weight (1 sum became infinite)");
    }

    @Test
    void infoShowsWhatAnAdapterIs() throws IOException {
        assertThat(Cli.run("lora", "info", golden("linear")).out())
                .contains("adapter_model.safetensors: LoRA (PEFT), 6 modules, 1,424 parameters, ")
                .contains("base model: example/base\n")
                .contains("rank: 1 (1), 4 (3), 7 (2)\n")
                .contains("alpha: 3 (1), 5 (2), 10 (3)\n")
                .contains("targets: down_proj (2), q_proj (2), v_proj (2)\n")
                .contains("dtype: F32\n")
                .contains("whole tensors: lm_head.weight\n")
                .doesNotContain("cannot be merged");
        assertThat(Cli.run("lora", "info", golden("stabilized"), golden("kohya.safetensors"), "--json")
                        .out()
                        .lines())
                .satisfiesExactly(
                        peft -> assertThat(peft)
                                .contains("\"kind\":\"PEFT\",\"base_model\":\"example/base\",\"modules\":2")
                                .contains("\"rank_stabilized\":true,\"ranks\":[9],\"alphas\":[6.0],\"scales\":[2.0]")
                                .contains(
                                        "\"targets\":[\"q_proj\"],\"dtypes\":[\"F32\"],\"whole\":[],\"mergeable\":true"),
                        kohya -> assertThat(kohya)
                                .contains("\"kind\":\"kohya\",\"base_model\":\"example.safetensors\",\"modules\":6"));
        Cli.Result none = Cli.run("lora", "info", base());
        assertThat(none.exitCode()).isZero();
        assertThat(none.out()).contains("cannot be merged: tensors that are no part of a LoRA");
        assertThat(Cli.run("lora", "info", folder.resolve("nothing")).exitCode())
                .isEqualTo(2);
    }

    @Test
    void theCommandAloneSaysWhichThereAre() {
        Cli.Result result = Cli.run("lora");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("stsw lora merge, or stsw lora info");
    }
}
