package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every program in docs/cookbook.md is run, and does its job.
class CookbookTest {
    @TempDir
    Path folder;

    private List<String> runAll() throws Exception {
        List<String> printed = new ArrayList<>();
        for (String block : Document.read("docs/cookbook.md").blocks("java")) {
            Path source = Files.writeString(folder.resolve("Program.java"), block);
            Cli.Result result = Program.run(folder, Program.java(source.toString()));
            assertThat(result.exitCode()).as(block + result.err()).isZero();
            assertThat(result.err()).as(block).isEmpty();
            result.out().lines().forEach(printed::add);
        }
        return printed;
    }

    @Test
    void itsProgramsDoTheirJobs() throws Exception {
        Program.requireCompiler();
        Map<String, Tensor> base = new LinkedHashMap<>();
        base.put("up.weight", Tensor.of(new float[] {1, -2, 0.5f, 0, 0, 0}, 2, 3));
        base.put("down.weight", Tensor.of(DType.BF16, new float[] {1, 2, 3, 4}, 2, 2));
        base.put("up.bias", Tensor.of(new float[] {7, 8}));
        Stsw.writeShards(Tensors.source(base), folder.resolve("model"), "model", 24, WriteOptions.defaults());
        Map<String, Tensor> lora = new LinkedHashMap<>();
        lora.put("down.lora_A.weight", Tensor.of(new float[] {1, 10}, 1, 2));
        lora.put("down.lora_B.weight", Tensor.of(new float[] {0.5f, 0.25f}, 2, 1));
        Stsw.dump(lora, folder.resolve("lora.safetensors"));
        Map<String, Tensor> large = new LinkedHashMap<>();
        large.put("head.weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2));
        large.put("head.bias", Tensor.of(DType.BF16, new float[4]));
        Stsw.dump(large, folder.resolve("large.safetensors"));

        assertThat(runAll()).containsExactly("true", "[4, 2]", "[2, 2]", "[2]", "[2, 4]", "5.0", "7.0", "3.0");

        Map<String, Tensor> int8 = Stsw.load(folder.resolve("int8.safetensors"));
        assertThat(int8.keySet())
                .containsExactlyInAnyOrder(
                        "up.weight", "up.weight.scale", "down.weight", "down.weight.scale", "up.bias");
        assertThat(int8.get("up.weight").toIntArray()).containsExactly(64, -127, 32, 0, 0, 0);
        assertThat(int8.get("up.weight.scale").toFloatArray()).containsExactly(2f / 127, 1);
        assertThat(int8.get("up.bias").toFloatArray()).containsExactly(7, 8);
        try (dev.stsw.Model merged = dev.stsw.Model.open(folder.resolve("merged"))) {
            // 16 / 1 · B · A = [[8, 80], [4, 40]]
            assertThat(merged.tensor("down.weight").toFloatArray()).containsExactly(9, 82, 7, 44);
            assertThat(merged.tensor("down.weight").dtype()).isEqualTo(DType.BF16);
            assertThat(merged.tensor("up.weight").toByteArray())
                    .isEqualTo(base.get("up.weight").toByteArray());
        }
        Map<String, Tensor> exchanged = Stsw.load(folder.resolve("exchanged.safetensors"));
        assertThat(exchanged.get("head.bias").toFloatArray()).containsExactly(0, 0, 0, 1);
        assertThat(exchanged.get("head.weight").toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(Stsw.load(folder.resolve("vectors.safetensors"))
                        .get("vectors")
                        .getFloat(9999, 383))
                .isNotNaN();
    }
}
