package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights times scales are what torch makes of them, and what is unclear is refused with a reason. */
class QuantizationTest {
    private static final float[] NO_FLOATS = {};

    static Stream<String[]> golden() throws IOException {
        return Files.readAllLines(Quantized.golden("quantized.tsv")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", -1));
    }

    @ParameterizedTest
    @MethodSource("golden")
    void everyWeightIsBitForBitWhatTorchMakesOfIt(String file, String column, String dtype, String shape, String sha256)
            throws IOException {
        for (boolean concurrent : new boolean[] {true, false}) {
            Quantized source = Quantized.of(Quantized.golden(file), concurrent);
            Quantization found = Quantization.of(source.tensors());
            if (file.startsWith("small")) {
                found = found.withBlocks(48, 32);
            }
            boolean swapped = column.endsWith(" swapped");
            if (swapped) {
                found = found.withSwappedBlocks();
            }
            String name = swapped ? column.substring(0, column.indexOf(' ')) : column;
            assertThat(found.unknown()).isEmpty();
            TensorSource wide = found.dequantize(source, DType.valueOf(dtype), counts -> {});
            assertThat(wide.tensors()).contains(new TensorSpec(name, DType.valueOf(dtype), Quantized.shape(shape)));
            assertThat(hash(Quantized.read(wide, name))).as(file + " " + name).isEqualTo(sha256);
            assertThat(source.open()).isZero();
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void scalesAreGoneAndTheRestStays() throws IOException {
        Quantized source = Quantized.of(Quantized.golden("per-tensor.safetensors"), true);
        TensorSource wide = Quantization.of(source.tensors()).dequantize(source, DType.BF16, counts -> {});
        assertThat(wide.tensors())
                .extracting(TensorSpec::name)
                .containsExactlyInAnyOrder("l.weight", "l.input_scale", "m.weight", "e.w1", "norm.weight");
        assertThat(Quantized.floats(wide, "norm.weight")).containsOnly(1);
    }

    @Test
    void formsAreNamed() throws IOException {
        List<QuantizedWeight> all = new ArrayList<>();
        for (String file : List.of("per-tensor", "per-row", "blocks", "mxfp4", "nvfp4")) {
            all.addAll(Quantization.of(Quantized.of(Quantized.golden(file + ".safetensors"), true)
                            .tensors())
                    .weights());
        }
        assertThat(all)
                .extracting(QuantizedWeight::form)
                .contains(
                        "FP8, one scale",
                        "FP8, a scale per row",
                        "FP8, blocks of 128 x 128",
                        "MXFP4, blocks of 1 x 32",
                        "MXFP8, blocks of 1 x 32",
                        "NVFP4, blocks of 1 x 16");
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static TensorSource wide(Map<TensorSpec, byte[]> tensors, DType target, List<CastCounts> told) {
        return Quantization.of(tensors.keySet()).dequantize(new Quantized(tensors, true), target, told::add);
    }

    @Test
    void whatIsLostIsToldOnceForEachTensor() throws IOException {
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        // 448, -448, 2^-9, 1, 0 and NaN
        byte[] codes = {0x7e, (byte) 0xfe, 0x01, 0x38, 0, 0x7f};
        tensors.put(TensorSpec.of("w", DType.F8_E4M3, 6), codes);
        tensors.put(TensorSpec.of("w_scale", DType.F32), floats(1000));
        tensors.put(TensorSpec.of("x", DType.F8_E4M3, 6), codes);
        tensors.put(TensorSpec.of("x_scale", DType.F32), floats(1e38f));
        tensors.put(TensorSpec.of("u", DType.F8_E4M3, 6), codes);
        tensors.put(TensorSpec.of("u_scale", DType.F32), floats(0x1p-143f));
        tensors.put(TensorSpec.of("fine", DType.F8_E4M3, 6), codes);
        tensors.put(TensorSpec.of("fine_scale", DType.F32), floats(1));
        List<CastCounts> told = new ArrayList<>();
        TensorSource wide = wide(tensors, DType.F16, told);
        assertThat(Quantized.floats(wide, "w"))
                .containsExactly(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1.953125f, 1000, 0, Float.NaN);
        Quantized.floats(wide, "x");
        Quantized.floats(wide, "u");
        Quantized.floats(wide, "fine");
        assertThat(told).extracting(CastCounts::infinite).containsExactly(2L, 4L, 0L, 0L);
        assertThat(told).extracting(CastCounts::zero).containsExactly(0L, 0L, 4L, 0L);
        assertThat(told.get(0).tensor()).isEqualTo(TensorSpec.of("w", DType.F8_E4M3, 6));
        told.clear();
        Quantized.floats(wide(tensors, DType.F32, told), "x");
        assertThat(told).extracting(CastCounts::infinite).containsExactly(2L);
    }

    @Test
    void anExponentOf255IsNaN() throws IOException {
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0x22);
        tensors.put(TensorSpec.of("w_blocks", DType.U8, 2, 1, 16), ones);
        tensors.put(TensorSpec.of("w_scales", DType.U8, 2, 1), new byte[] {(byte) 255, 127});
        float[] values = Quantized.floats(wide(tensors, DType.F32, new ArrayList<>()), "w");
        assertThat(Arrays.copyOf(values, 32)).containsOnly(Float.NaN);
        assertThat(Arrays.copyOfRange(values, 32, 64)).containsOnly(1);
    }

    @Test
    void emptyWeightsAreEmpty() throws IOException {
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorSpec.of("w", DType.F8_E4M3, 0, 4), new byte[0]);
        tensors.put(TensorSpec.of("w_scale", DType.F32, 1), floats(1));
        tensors.put(TensorSpec.of("x_blocks", DType.U8, 0, 1, 16), new byte[0]);
        tensors.put(TensorSpec.of("x_scales", DType.U8, 0, 1), new byte[0]);
        TensorSource wide = wide(tensors, DType.BF16, new ArrayList<>());
        assertThat(Quantized.floats(wide, "w")).containsExactly(NO_FLOATS);
        assertThat(Quantized.floats(wide, "x")).containsExactly(NO_FLOATS);
    }

    @Test
    void moreScalesThanAreReadAheadStayWithTheirValues() throws IOException {
        int rows = 5000;
        byte[] codes = new byte[rows * 16];
        byte[] exponents = new byte[rows];
        for (int i = 0; i < rows; i++) {
            Arrays.fill(codes, 16 * i, 16 * i + 16, (byte) 0x22);
            exponents[i] = (byte) (100 + i % 50);
        }
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorSpec.of("w_blocks", DType.U8, rows, 1, 16), codes);
        tensors.put(TensorSpec.of("w_scales", DType.U8, rows, 1), exponents);
        float[] values = Quantized.floats(wide(tensors, DType.F32, new ArrayList<>()), "w");
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).isEqualTo(Math.scalb(1f, 100 + i / 32 % 50 - 127));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "w | F8_E4M3 | 96,4 | w_scale | F32 | 2,4 | do not say which values share a scale",
                "w | F8_E4M3 | 100,4 | w_scale | F32 | 2,4 | do not say which values share a scale",
                "w | F8_E4M3 | 4,8 | w_scale | F32 | 8 | do not say",
                "w | F8_E4M3 | 4 | w_scale | F32 | 1,4 | do not say",
                "w | F8_E4M3 | 2,4,4 | w_scale | F32 | 2,2 | do not say",
                "w | F8_E4M3 | 4,8 | w_scale | I64 | 4 | is I64 [4], as no known kind has it",
                "w | F8_E4M3 | 4,64 | w_scale | U8 | 4,4 | is not one for each 32 of its",
                "w | U8 | 4,16 | w_scale | F8_E4M3 | 4,2 | NVFP4 has a second scale",
                "w | U8 | 4,16 | w_scale_2 | F32 | 1 | alone",
                "w_packed | U8 | 4,16 | w_scale | F32 | 4,2 | as no known kind has it",
                "w_blocks | U8 | 4,15 | w_scales | U8 | 4 | [..., groups, 16]",
                "w_blocks | U8 | 4,2,16 | w_scales | U8 | 4,3 | is not one for each 32",
                "w | I8 | 4,4 | w_scale | F32 | 4 | of no kind that is known here",
                "w.qweight | I32 | 4,4 | w.scales | F16 | 1,4 | of no kind that is known here",
            })
    void whatIsUnclearIsRefusedWithAReason(
            String name, DType dtype, String shape, String scale, DType scaleType, String scaleShape, String reason) {
        List<TensorSpec> tensors = List.of(
                new TensorSpec(name, dtype, Quantized.shape(shape)),
                new TensorSpec(scale, scaleType, Quantized.shape(scaleShape)));
        Quantization found = Quantization.of(tensors);
        assertThat(found.weights()).isEmpty();
        assertThat(found.unknown()).singleElement().satisfies(unknown -> {
            assertThat(unknown.scale()).isEqualTo(scale);
            assertThat(unknown.reason()).contains(reason);
        });
        assertThatThrownBy(() -> found.dequantize(new Quantized(Map.of(), true), DType.BF16, counts -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "' cannot be dequantized: ");
    }

    @Test
    void zeroPointsForeignOrdersAndTakenNamesAreRefused() {
        TensorSpec codes = TensorSpec.of("l.weight", DType.U8, 4, 16);
        TensorSpec scale = TensorSpec.of("l.weight_scale", DType.F8_E4M3, 4, 2);
        TensorSpec second = TensorSpec.of("l.weight_scale_2", DType.F32);
        assertThat(Quantization.of(List.of(codes, scale, second)).weights()).hasSize(1);
        assertThat(reason(codes, scale, second, TensorSpec.of("l.weight_zero_point", DType.I8, 1)))
                .contains("zero point");
        assertThat(reason(codes, scale, second, TensorSpec.of("l.comfy_quant", DType.U8, 30)))
                .contains("ComfyUI");
        assertThat(reason(codes, scale, TensorSpec.of("l.weight_scale_2", DType.F32, 3)))
                .contains("'l.weight_scale_2' is F32 [3]");
        assertThat(reason(
                        TensorSpec.of("w_blocks", DType.U8, 2, 16),
                        TensorSpec.of("w_scales", DType.U8, 2),
                        TensorSpec.of("w", DType.F32)))
                .contains("there is a tensor 'w' already");
    }

    private static String reason(TensorSpec... tensors) {
        return Quantization.of(List.of(tensors)).unknown().get(0).reason();
    }

    @Test
    void scalesThatWouldFillTheMemoryAreRefused() {
        assertThat(reason(
                        TensorSpec.of("w", DType.F8_E4M3, 2, 1L << 23),
                        TensorSpec.of("w_scale", DType.F32, 1, 1L << 23)))
                .contains("its 8388608 scales are more than the 4194304 that are held in memory");
        assertThat(Quantization.of(List.of(
                                TensorSpec.of("w", DType.F8_E4M3, 1L << 26, 3),
                                TensorSpec.of("w_scale", DType.F32, 1L << 26, 1)))
                        .weights())
                .hasSize(1);
    }

    @Test
    void onlyTypesThatHoldTheValuesAreTargets() {
        Quantization none = Quantization.of(List.of());
        Quantized empty = new Quantized(Map.of(), true);
        for (DType target : new DType[] {DType.F8_E4M3, DType.I32, DType.F4}) {
            assertThatThrownBy(() -> none.dequantize(empty, target, counts -> {}))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> none.withBlocks(0, 128)).isInstanceOf(IllegalArgumentException.class);
    }
}
