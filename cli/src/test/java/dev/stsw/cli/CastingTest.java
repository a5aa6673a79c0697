package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
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

/// `--dtype` tells what it destroys.
class CastingTest {
    @TempDir
    Path folder;

    private Path in() {
        return folder.resolve("in.safetensors");
    }

    private Path out() {
        return folder.resolve("out.safetensors");
    }

    private Cli.Result cast(Map<String, Tensor> tensors, Object... options) throws IOException {
        Stsw.dump(tensors, in());
        Object[] arguments = new Object[options.length + 3];
        arguments[0] = "convert";
        arguments[1] = in();
        arguments[2] = out();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return Cli.run(arguments);
    }

    private static Tensor raw(DType dtype, Shape shape, int... bytes) {
        byte[] data = new byte[bytes.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) bytes[i];
        }
        return Tensor.of(dtype, shape, MemorySegment.ofArray(data));
    }

    @Test
    void valuesThatBecomeInfiniteOrZeroAreCountedForEachTensor() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", Tensor.of(new float[] {1, 1e6f, 1e-9f, -1e-9f, 1e-9f, Float.NaN}));
        tensors.put("b", Tensor.of(new float[] {-1e6f, 1e6f, Float.POSITIVE_INFINITY, 0, 65504}));
        tensors.put("fine", Tensor.of(new float[] {1, 0.1f, 0}));
        Cli.Result result = cast(tensors, "--dtype", "F16");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .containsSubsequence(
                        "overflow: b (F32 to F16: 2 of 5 values became infinite)\n",
                        "overflow: a (F32 to F16: 1 of 6 values became infinite)\n",
                        "underflow: a (F32 to F16: 3 of 6 values became zero)\n")
                .doesNotContain("flow: fine");
        assertThat(cast(tensors, "--dtype", "F16", "--json", "--workers", "2").out())
                .contains("{\"kind\":\"overflow\",\"subject\":\"b\","
                        + "\"detail\":\"F32 to F16: 2 of 5 values became infinite\"}");
    }

    @Test
    void eachTypeHasItsOwnOverflow() throws IOException {
        Map<String, Tensor> tensors = Map.of("w", Tensor.of(new float[] {0, -2, 1e6f}));
        assertThat(cast(tensors, "--dtype", "F8_E4M3").out())
                .contains("overflow: w (F32 to F8_E4M3: 1 of 3 values became 448, the largest)");
        assertThat(cast(tensors, "--dtype", "F8_E5M2").out()).contains("1 of 3 values became infinite)");
        assertThat(cast(tensors, "--dtype", "F8_E4M3FNUZ").out()).contains("1 of 3 values became NaN)");
        assertThat(cast(tensors, "--dtype", "F8_E8M0").out())
                .contains("underflow: w (F32 to F8_E8M0: 1 of 3 values became 2^-127, the smallest)")
                .contains("warning: w (F32 to F8_E8M0: 1 of 3 values lost their sign)");
        assertThat(cast(tensors, "--dtype", "BF16").out()).doesNotContain("flow:");
    }

    @Test
    void fourBitsAndScalesAreWidenedAndWhatIsLeftIsNamed() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("four", raw(DType.F4, Shape.of(2), 0x7f));
        tensors.put("scale", raw(DType.F8_E8M0, Shape.of(2), 127, 130));
        tensors.put("six", raw(DType.F6_E2M3, Shape.of(4), 1, 2, 3));
        tensors.put("complex", raw(DType.C64, Shape.of(1), 0, 0, 0, 0, 0, 0, 0, 0));
        tensors.put("ids", Tensor.of(new long[] {1}));
        Cli.Result result = cast(tensors, "--dtype", "F32");
        assertThat(result.out())
                .contains("cast: four (F4 to F32)")
                .contains("cast: scale (F8_E8M0 to F32)")
                .contains("left: six (F6_E2M3: nothing defines how it is packed)")
                .contains("left: complex (C64: complex numbers)")
                .doesNotContain("ids");
        try (StreamReader reader = StreamReader.open(out())) {
            assertThat(reader.tensor("four").toFloatArray()).containsExactly(-6, 6);
            assertThat(reader.tensor("scale").toFloatArray()).containsExactly(1, 8);
        }
    }

    private static Map<String, Tensor> quantized(String weight, String scale, DType dtype) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(weight, raw(dtype, Shape.of(2), 0x38, 0x40));
        tensors.put(scale, Tensor.of(new float[] {0.001f}));
        tensors.put("norm.weight", Tensor.of(new float[] {1}));
        return tensors;
    }

    @ParameterizedTest
    @CsvSource({
        "l.weight, l.weight_scale_inv, F8_E4M3",
        "l.weight, l.weight_scale, F8_E4M3",
        "l.weight, l.scale, F8_E5M2",
        "l.weight, l.scale_weight, F8_E4M3",
        "e.gate_up_proj, e.gate_up_proj_scale, F8_E4M3",
        "e.gate_up_proj_blocks, e.gate_up_proj_scales, U8",
        "mlp.mlp1_weight.blocks, mlp.mlp1_weight.scales, U8",
        "l.weight, l.weight_scale_2, U8",
        "l.weight_packed, l.weight_global_scale, U8",
        "l.weight, l.SCB, I8",
    })
    void weightsWithAScaleBesideThemAreNotCast(String weight, String scale, DType dtype) throws IOException {
        Cli.Result result = cast(quantized(weight, scale, dtype), "--dtype", "bf16");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .contains("in.safetensors: tensor '" + weight + "' is quantized")
                .contains("'" + scale + "'")
                .contains("--dequantize")
                .contains("--ignore-scales");
        assertThat(out()).doesNotExist();
        Cli.Result meant = cast(quantized(weight, scale, dtype), "--dtype", "bf16", "--ignore-scales");
        assertThat(meant.exitCode()).isZero();
        assertThat(meant.out()).contains("warning: " + weight + " (" + dtype + " codes ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"l.input_scale", "l.k_scale", "l.v_scale", "other.weight_scale", "l.weight.note"})
    void scalesOfActivationsAndOfOthersDoNotCount(String scale) throws IOException {
        Cli.Result result = cast(quantized("l.weight", scale, DType.F8_E4M3), "--dtype", "bf16");
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("cast: l.weight (F8_E4M3 to BF16)");
    }

    @Test
    void scalesAreFoundThoughTheyAreRenamedHeldBackOrInAnotherShard() throws IOException {
        Map<String, Tensor> tensors = quantized("m.l.weight", "m.l.weight_scale", DType.F8_E4M3);
        assertThat(cast(tensors, "--dtype", "bf16", "--exclude", "*_scale").exitCode())
                .isEqualTo(2);
        assertThat(cast(tensors, "--dtype", "bf16", "--rename", "weight$=w").exitCode())
                .isEqualTo(2);
        assertThat(cast(tensors, "--dtype", "bf16", "--strip-prefix", "m.").exitCode())
                .isEqualTo(2);
        assertThat(cast(tensors, "--dtype", "bf16", "--exclude", "m.l.weight").exitCode())
                .isZero();
        Tensor scale = tensors.remove("m.l.weight_scale");
        Path first = folder.resolve("model-00001-of-00002.safetensors");
        Stsw.dump(tensors, first);
        Stsw.dump(Map.of("m.l.weight_scale", scale), folder.resolve("model-00002-of-00002.safetensors"));
        Cli.Result shard = Cli.run("convert", first, out(), "--dtype", "bf16");
        assertThat(shard.exitCode()).isEqualTo(2);
        assertThat(shard.err()).contains("'m.l.weight_scale'");
    }

    @Test
    void ignoringScalesNeedsACast() throws IOException {
        Map<String, Tensor> tensors = Map.of("w", Tensor.of(new float[] {1}));
        assertThat(cast(tensors, "--ignore-scales").exitCode()).isEqualTo(2);
        assertThat(cast(tensors, "--dtype", "bf16", "--ignore-scales").exitCode())
                .isZero();
    }

    @Test
    void whatAnEarlierAttemptCastIsSaidToBeUncounted() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", Tensor.of(new float[] {1e6f}));
        tensors.put("b", Tensor.of(new float[] {1e6f}));
        cast(tensors, "--dtype", "f16", "--crc32");
        byte[] partial = Files.readAllBytes(out());
        partial[partial.length - 1] ^= 1;
        Files.write(folder.resolve(".out.safetensors.stsw-partial"), partial);
        Files.delete(out());
        assertThat(cast(tensors, "--dtype", "f16", "--resume").out())
                .contains("overflow: b (F32 to F16: 1 of 1 value became infinite)")
                .contains("warning: what was lost is not known of 1 tensor that an earlier attempt cast")
                .doesNotContain("overflow: a");
    }
}
