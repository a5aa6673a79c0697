package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
