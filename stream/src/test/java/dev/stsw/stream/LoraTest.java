package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stsw.format.DType;
import dev.stsw.format.JsonObject;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Merged models are PEFT's own, but for the last bit of a sum; what is no LoRA is refused. */
class LoraTest {
    private static Path golden(String name) {
        return Path.of(System.getProperty("stsw.root"), "interop", "golden", "lora", name);
    }

    private static Map<String, Object> config(String folder) throws IOException {
        return JsonObject.parse(Files.readAllBytes(golden(folder).resolve("adapter_config.json")), "config");
    }

    private static TensorSource merged(Quantized base, Quantized adapter, Map<String, Object> config)
            throws IOException {
        return Lora.of(adapter.tensors(), config).merge(base, adapter, 1, counts -> {});
    }

    private static void requireGolden(TensorSource merged, String folder) throws IOException {
        Quantized expected = Quantized.of(golden(folder).resolve("merged.safetensors"), true);
        assertThat(merged.tensors()).containsExactlyInAnyOrderElementsOf(expected.tensors());
        for (TensorSpec tensor : expected.tensors()) {
            float[] ours = Quantized.floats(merged, tensor.name());
            float[] theirs = Quantized.floats(expected, tensor.name());
            // A unit in the last place: sums may be in another order.
            float unit = tensor.dtype() == DType.F32 ? 0x1p-22f : tensor.dtype() == DType.F16 ? 0x1p-10f : 0x1p-7f;
            for (int i = 0; i < ours.length; i++) {
                assertThat(ours[i])
                        .as(tensor + " " + i)
                        .isCloseTo(theirs[i], within(unit * Math.max(1, Math.abs(theirs[i]))));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "stabilized", "mixed", "gpt"})
    void whatPeftMergesIsMergedAlike(String folder) throws IOException {
        Quantized base = Quantized.of(golden(folder).resolve("base.safetensors"), true);
        Quantized adapter = Quantized.of(golden(folder).resolve("adapter_model.safetensors"), true);
        requireGolden(merged(base, adapter, config(folder)), folder);
        Quantized expected = Quantized.of(golden(folder).resolve("merged.safetensors"), true);
        long changed = 0;
        for (TensorSpec tensor : base.tensors()) {
            changed += java.util.Arrays.equals(
                            Quantized.read(base, tensor.name()), Quantized.read(expected, tensor.name()))
                    ? 0
                    : 1;
        }
        assertThat(changed).isPositive();
    }

    @Test
    void kohyasNamesAndAlphasMeanTheSame() throws IOException {
        Quantized base = Quantized.of(golden("linear").resolve("base.safetensors"), true);
        Quantized adapter = Quantized.of(golden("kohya.safetensors"), true);
        TensorSource merged = merged(base, adapter, Map.of());
        // The head is no part of that adapter.
        Quantized expected = Quantized.of(golden("linear").resolve("merged.safetensors"), true);
        for (TensorSpec tensor : base.tensors()) {
            if (!tensor.name().equals("lm_head.weight")) {
                float[] ours = Quantized.floats(merged, tensor.name());
                float[] theirs = Quantized.floats(expected, tensor.name());
                for (int i = 0; i < ours.length; i++) {
                    assertThat(ours[i]).isCloseTo(theirs[i], within(0x1p-7f * Math.max(1, Math.abs(theirs[i]))));
                }
            }
        }
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static Quantized source(Object... specsAndValues) {
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        for (int i = 0; i < specsAndValues.length; i += 2) {
            tensors.put((TensorSpec) specsAndValues[i], floats((float[]) specsAndValues[i + 1]));
        }
        return new Quantized(tensors, true);
    }

    private static float[] random(int count, int seed) {
        float[] values = new float[count];
        Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    /** Around the sizes of tiles, of batches of rows, and of the rank that is dealt with at once. */
    @ParameterizedTest
    @CsvSource({"1,1,1", "17,1023,4", "16,1025,5", "33,2050,3", "5,140000,2", "3,131072,1", "200,7,9"})
    void everySizeGivesTheSumOfProducts(int rows, int columns, int rank) throws IOException {
        float[] weight = random(rows * columns, 1);
        float[] a = random(rank * columns, 2);
        float[] b = random(rows * rank, 3);
        Quantized base = source(TensorSpec.of("w.weight", DType.F32, rows, columns), weight);
        Quantized adapter = source(
                TensorSpec.of("w.lora_A.weight", DType.F32, rank, columns),
                a,
                TensorSpec.of("w.lora_B.weight", DType.F32, rows, rank),
                b);
        float[] sums = Quantized.floats(
                Lora.of(adapter.tensors(), Map.of("lora_alpha", 3.0)).merge(base, adapter, 0.5, counts -> {}),
                "w.weight");
        double scale = 3.0 / rank * 0.5;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = 0; k < rank; k++) {
                    sum += (double) b[i * rank + k] * a[k * columns + j];
                }
                double expected = weight[i * columns + j] + scale * sum;
                if (Math.abs(sums[i * columns + j] - expected) > 1e-6) {
                    assertThat((double) sums[i * columns + j]).isEqualTo(expected);
                }
            }
        }
        assertThat(base.open() + adapter.open()).isZero();
    }

    private static Quantized module(String name) {
        return source(
                TensorSpec.of(name + ".lora_A.weight", DType.F32, 1, 2),
                new float[] {1, 2},
                TensorSpec.of(name + ".lora_B.weight", DType.F32, 3, 1),
                new float[] {1, 1, 1});
    }

    @ParameterizedTest
    @CsvSource({
        "base_model.model.model.layers.0.q, model.layers.0.q",
        "base_model.model.model.layers.0.q, layers.0.q",
        "base_model.model.layers.0.q, model.layers.0.q",
        "base_model.model.transformer.h.0.q, h.0.q",
        "unet.down.0.q, down.0.q",
        "layers.0.q, layers.0.q",
        "lora_unet_down_blocks_0_to_q, down_blocks.0.to_q",
        "lora_unet_input_blocks_1_1_to_q, model.diffusion_model.input_blocks.1.1.to_q",
        "lora_te1_text_model_layers_0_q, text_model.layers.0.q",
    })
    void namesAreFoundThoughSomethingElseStandsInFront(String module, String tensor) throws IOException {
        Quantized base = source(
                TensorSpec.of(tensor + ".weight", DType.F32, 3, 2),
                new float[6],
                TensorSpec.of("other.weight", DType.F32, 1),
                new float[1]);
        TensorSource merged = merged(base, module(module), Map.of());
        assertThat(Quantized.floats(merged, tensor + ".weight")).containsExactly(1, 2, 1, 2, 1, 2);
    }

    @Test
    void modulesThatTheBaseDoesNotHaveAreListed() {
        Quantized base = source(TensorSpec.of("a.weight", DType.F32, 3, 2), new float[6]);
        assertThatThrownBy(() -> merged(base, module("base_model.model.b.q"), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the base has no tensors for 1 of 1 modules: 'b.q'");
        assertThatThrownBy(() -> merged(base, module("lora_unet_b_q"), Map.of()))
                .hasMessageContaining("'lora_unet_b_q'");
        Quantized two = source(
                TensorSpec.of("x.b.q.weight", DType.F32, 3, 2),
                new float[6],
                TensorSpec.of("y.b.q.weight", DType.F32, 3, 2),
                new float[6]);
        assertThatThrownBy(() -> merged(two, module("lora_unet_b_q"), Map.of()))
                .hasMessageContaining("may be for several tensors of the base");
    }

    @Test
    void otherShapesAreRefused() {
        Quantized base = source(TensorSpec.of("q.weight", DType.F32, 3, 4), new float[12]);
        assertThatThrownBy(() -> merged(base, module("q"), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "A [1, 2] and B [3, 1] of module 'q' do not make a tensor of the shape of 'q.weight', [3, 4]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "q.hada_w1_a",
                "q.lokr_w1",
                "q.lora_mid.weight",
                "base_model.model.q.lora_magnitude_vector",
                "base_model.model.q.lora_B.bias",
                "q.lora_B.other.weight",
                "r.alpha",
                "r.lora_A.weight",
                "text.weight",
            })
    void tensorsOfOtherKindsAreRefusedByName(String name) {
        List<TensorSpec> tensors = new ArrayList<>(module("q").tensors());
        tensors.add(TensorSpec.of(name, DType.F32, 1, 2));
        Lora lora = Lora.of(tensors, Map.of());
        assertThat(lora.unknown()).containsExactly(name);
        assertThatThrownBy(() -> lora.merge(module("q"), module("q"), 1, counts -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"use_dora\": true}",
                "{\"init_lora_weights\": \"pissa_niter_4\"}",
                "{\"peft_type\": \"LOHA\"}",
                "{\"layer_replication\": [[0, 1]]}",
                "{\"alora_invocation_tokens\": [1]}",
                "{\"alpha_pattern\": {\"(((\": 1}}",
                "{\"alpha_pattern\": {\"(q+)+\\\\1x\": 1}}",
            })
    void configurationsOfOtherKindsAreRefused(String config) {
        Quantized base =
                source(TensorSpec.of("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq.weight", DType.F32, 3, 2), new float[6]);
        assertThatThrownBy(() -> merged(
                        base,
                        module("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"),
                        JsonObject.parse(config.getBytes(java.nio.charset.StandardCharsets.UTF_8), "config")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void quantizedAndIntegerBasesAreRefused() {
        Quantized packed = new Quantized(Map.of(TensorSpec.of("q.weight", DType.U8, 3, 2), new byte[6]), true);
        assertThatThrownBy(() -> merged(packed, module("q"), Map.of())).hasMessageContaining("is U8");
        Map<TensorSpec, byte[]> fp8 = new LinkedHashMap<>();
        fp8.put(TensorSpec.of("q.weight", DType.F8_E4M3, 3, 2), new byte[6]);
        fp8.put(TensorSpec.of("q.weight_scale", DType.F32), new byte[4]);
        assertThatThrownBy(() -> merged(new Quantized(fp8, true), module("q"), Map.of()))
                .hasMessageContaining("dequantize the base first");
    }

    @Test
    void whatOverflowsIsTold() throws IOException {
        byte[] large = {(byte) 0xff, 0x7b, (byte) 0xff, 0x7b, 0, 0, 0, 0, 0, 0, 0, 0};
        Quantized base = new Quantized(Map.of(TensorSpec.of("q.weight", DType.F16, 3, 2), large), true);
        Quantized adapter = module("q");
        List<CastCounts> told = new ArrayList<>();
        TensorSource merged = Lora.of(adapter.tensors(), Map.of()).merge(base, adapter, 1000, told::add);
        assertThat(Quantized.floats(merged, "q.weight")[0]).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(told).extracting(CastCounts::infinite).containsExactly(2L);
    }
}
