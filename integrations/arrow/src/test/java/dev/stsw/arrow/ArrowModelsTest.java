package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.WriteOptions;
import dev.stsw.format.ChecksumException;
import dev.stsw.format.DType;
import dev.stsw.format.HeaderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole models, and their files. */
class ArrowModelsTest {
    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    private Path folder;

    /** The allocator complains about what was not given back. */
    @AfterEach
    void nothingStaysAllocated() {
        allocator.close();
    }

    private static void close(Map<String, FieldVector> vectors) {
        vectors.values().forEach(FieldVector::close);
    }

    @Test
    void aFileComesBackByteForByte() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Path back = folder.resolve("back.safetensors");
        Stsw.dump(
                Map.of(
                        "w", Tensor.of(new float[] {1, -0f, Float.NaN, 4}, 2, 2),
                        "cube", Tensor.of(new long[8], 2, 2, 2),
                        "mask", Tensor.of(new boolean[] {true, false, true}),
                        "none", Tensor.of(new double[0], 0, 3)),
                file);
        Map<String, FieldVector> vectors = ArrowTensors.load(file, allocator);
        assertThat(vectors.get("w").getName()).isEqualTo("w");
        ArrowTensors.save(vectors, back);
        close(vectors);
        assertThat(Files.mismatch(file, back)).isEqualTo(-1);
    }

    @Test
    void aModelOfSeveralFilesIsOne() throws IOException {
        Path last = folder.resolve("model-00002-of-00002.safetensors");
        Stsw.dump(Map.of("a", Tensor.of(new float[] {1})), folder.resolve("model-00001-of-00002.safetensors"));
        Stsw.dump(Map.of("b", Tensor.of(new long[] {2})), last);
        Map<String, FieldVector> vectors = ArrowTensors.load(folder, allocator);
        assertThat(vectors).containsOnlyKeys("a", "b");
        close(vectors);
        Files.delete(last);
        assertThatThrownBy(() -> ArrowTensors.load(folder, allocator)).isInstanceOf(HeaderException.class);
    }

    @Test
    void floatsAreWidenedOnRequestAndTheRestStays() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("bf16", Tensor.of(DType.BF16, new float[] {1.5f, -2}));
        tensors.put("f8", Tensor.of(DType.F8_E4M3, new float[] {1.5f, -2}));
        tensors.put("f64", Tensor.of(new double[] {0.1}));
        tensors.put("i8", Tensor.of(DType.I8, new long[] {-3}));
        assertThatThrownBy(() -> ArrowTensors.load(Tensors.source(tensors), allocator))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("tensor 'bf16', BF16 [2]: Arrow has no type for BF16: widen to F32\n"
                        + "tensor 'f8', F8_E4M3 [2]: Arrow has no type for F8_E4M3: widen to F32");
        assertThatThrownBy(() -> ArrowTensors.load(Tensors.source(tensors), allocator, DType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F16");
        Path file = folder.resolve("x.safetensors");
        Stsw.dump(tensors, file);
        Map<String, FieldVector> vectors = ArrowTensors.load(file, allocator, DType.F32);
        tensors.forEach((name, tensor) -> {
            Tensor found = ArrowTensors.fromVector(vectors.get(name));
            assertThat(found.toDoubleArray()).isEqualTo(tensor.toDoubleArray());
            boolean stays = name.equals("f64") || name.equals("i8");
            assertThat(found.dtype()).isEqualTo(stays ? tensor.dtype() : DType.F32);
        });
        close(vectors);
    }

    @Test
    void aFlippedBitIsFoundAndNoVectorStays() throws IOException {
        Path file = folder.resolve("crc.safetensors");
        Stsw.dump(
                Map.of("a", Tensor.of(new float[50]), "b", Tensor.of(new float[5000])),
                file,
                WriteOptions.defaults().withCrc32(true));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            assertThatThrownBy(() -> ArrowTensors.load(reader.asSource(), allocator))
                    .isInstanceOf(ChecksumException.class);
        }
    }

    @Test
    void whatIsNoTensorIsNamedBeforeAFileIsThere() {
        Path file = folder.resolve("x.safetensors");
        try (VarCharVector text = new VarCharVector("t", allocator);
                IntVector gap = new IntVector("g", allocator)) {
            assertThatThrownBy(() -> ArrowTensors.save(Map.of("t", text), file))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageStartingWith("tensor 't': column 't' holds Utf8");
            gap.allocateNew(2);
            gap.set(0, 1);
            gap.setValueCount(2);
            assertThatThrownBy(() -> ArrowTensors.save(Map.of("g", gap), file))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 nulls");
        }
        assertThat(file).doesNotExist();
    }
}
