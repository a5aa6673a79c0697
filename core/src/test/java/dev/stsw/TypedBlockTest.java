package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Java's arrays in tensors of each dtype: as its elements, or not at all.
class TypedBlockTest {
    private static final Set<DType> FLOATING = EnumSet.of(
            DType.F64,
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.F8_E5M2,
            DType.F8_E4M3,
            DType.F8_E8M0,
            DType.F8_E4M3FNUZ,
            DType.F8_E5M2FNUZ);
    private static final Map<String, Set<DType>> TAKERS = new LinkedHashMap<>();

    static {
        TAKERS.put("short[]", EnumSet.of(DType.I16, DType.U16, DType.F16, DType.BF16));
        TAKERS.put("int[]", EnumSet.of(DType.I32, DType.U32));
        TAKERS.put("long[]", EnumSet.of(DType.I64, DType.U64));
        TAKERS.put("float[]", FLOATING);
        TAKERS.put("double[]", FLOATING);
    }

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("model.safetensors");
    }

    private static void write(StreamWriter writer, String type, int count) throws IOException {
        switch (type) {
            case "short[]" -> writer.writeBlock("x", new short[count]);
            case "int[]" -> writer.writeBlock("x", new int[count]);
            case "long[]" -> writer.writeBlock("x", new long[count]);
            case "float[]" -> writer.writeBlock("x", new float[count]);
            default -> writer.writeBlock("x", new double[count]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void goIntoTheTensorsWhoseElementsTheyAreAndIntoNoOthers(DType dtype) throws IOException {
        for (Map.Entry<String, Set<DType>> type : TAKERS.entrySet()) {
            try (StreamWriter writer = StreamWriter.open(file, List.of(new TensorSpec("x", dtype, shape())))) {
                if (type.getValue().contains(dtype)) {
                    assertThatThrownBy(() -> write(writer, type.getKey(), 9))
                            .isInstanceOf(LengthMismatchException.class);
                    write(writer, type.getKey(), 8);
                } else {
                    assertThatThrownBy(() -> write(writer, type.getKey(), 8))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("tensor 'x' is " + dtype + ", which takes no " + type.getKey())
                            .hasMessageContaining("bytes");
                    assertThat(writer.stats().written()).isZero();
                    writer.writeBlock("x", new byte[dtype.bits()]);
                }
                writer.finalizeTensor("x");
            }
            assertThat(Stsw.load(file).get("x").toByteArray())
                    .hasSize(dtype.bits())
                    .containsOnly(0);
        }
    }

    private static dev.stsw.format.Shape shape() {
        return dev.stsw.format.Shape.of(8);
    }

    @ParameterizedTest
    @EnumSource
    void floatsOfAnyLengthAreRoundedAsTensorsAre(DType dtype) throws IOException {
        if (!FLOATING.contains(dtype)) {
            return;
        }
        float[] values = new float[2 * 2048 + 77];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.tan(i) * (i % 7 == 0 ? 1000 : 1);
        }
        values[3] = Float.NaN;
        values[4] = Float.NEGATIVE_INFINITY;
        values[5] = -0f;
        byte[] expected = Tensor.of(dtype, values).toByteArray();
        for (boolean doubles : new boolean[] {false, true}) {
            WriteOptions options = WriteOptions.defaults().withCrc32(true).withBufferSize(4096);
            try (StreamWriter writer =
                    StreamWriter.open(file, List.of(TensorSpec.of("x", dtype, values.length)), options)) {
                for (int at = 0, step = 1;
                        at < values.length;
                        at += step, step = Math.min(2 * step, values.length - at)) {
                    float[] part = Arrays.copyOfRange(values, at, at + step);
                    if (doubles) {
                        double[] wide = new double[step];
                        Arrays.setAll(wide, i -> part[i]);
                        writer.writeBlock("x", wide);
                    } else {
                        writer.writeBlock("x", part);
                    }
                }
                writer.finalizeTensor("x");
            }
            try (StreamReader reader = StreamReader.open(file)) {
                assertThat(reader.tensor("x").toByteArray()).isEqualTo(expected);
            }
            CRC32 crc = new CRC32();
            crc.update(expected);
            assertThat(Stsw.header(file).tensors().get(0).crc32()).hasValue(crc.getValue());
        }
    }

    /// What torch 2.13 makes of `torch.tensor([...], dtype=torch.float64).to(...)`: F64 is rounded twice.
    @Test
    void doublesAreRoundedByWayOfF32() throws IOException {
        double[] values = {1 + 0x1p-8 + 0x1p-40, 1e300, 0.1};
        try (StreamWriter writer = StreamWriter.open(
                file, List.of(TensorSpec.of("bf16", DType.BF16, 3), TensorSpec.of("f64", DType.F64, 3)))) {
            writer.writeBlock("bf16", values);
            writer.finalizeTensor("bf16");
            writer.writeBlock("f64", values);
            writer.finalizeTensor("f64");
        }
        assertThat(Stsw.load(file).get("bf16").toFloatArray()).containsExactly(1f, Float.POSITIVE_INFINITY, 0x1.9ap-4f);
        assertThat(Stsw.load(file).get("f64").toDoubleArray()).containsExactly(values);
    }

    @Test
    void shortsAreTheBitsOf16BitFloats() throws IOException {
        try (StreamWriter writer = StreamWriter.open(file, List.of(TensorSpec.of("x", DType.BF16, 2)))) {
            writer.writeBlock("x", new short[] {0x3f80, (short) 0xc000});
            writer.finalizeTensor("x");
        }
        assertThat(Stsw.load(file).get("x").toFloatArray()).containsExactly(1f, -2f);
    }
}
