package dev.stsw.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.WriteOptions;
import dev.stsw.format.ChecksumException;
import dev.stsw.format.DType;
import dev.stsw.format.HeaderException;
import dev.stsw.format.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxTensorsTest {
    private static final EnumSet<DType> EXACT = EnumSet.of(
            DType.F64,
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.I64,
            DType.I32,
            DType.I16,
            DType.I8,
            DType.U8,
            DType.BOOL);

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyDtypeArrivesBitForBitAndComesBack_orIsRefused(DType dtype) throws Exception {
        Tensor tensor = random(dtype, 3, 8);
        if (!EXACT.contains(dtype)) {
            assertThatThrownBy(() -> OnnxTensors.toOnnxTensor(tensor, environment))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageStartingWith(dtype + " [3, 8]: ONNX Runtime's Java has no tensors of " + dtype);
            return;
        }

        try (OnnxTensor handed = OnnxTensors.toOnnxTensor(tensor, environment)) {
            assertThat(handed.getInfo().getShape()).containsExactly(3, 8);
            Tensor back = OnnxTensors.fromOnnxTensor(handed);
            assertThat(back.dtype()).isEqualTo(dtype);
            assertThat(back.shape()).isEqualTo(tensor.shape());
            assertThat(back.toByteArray()).isEqualTo(tensor.toByteArray());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, FLOAT",
        "F16, FLOAT",
        "F16, DOUBLE",
        "F8_E4M3, FLOAT",
        "F4, FLOAT",
        "F32, DOUBLE",
        "U16, INT32",
        "U32, INT64",
        "I8, INT64"
    })
    void aTypeThatHoldsAllValuesIsHadOnRequest(DType dtype, OnnxJavaType type) throws Exception {
        Tensor tensor = random(dtype, 50, 400);
        try (OnnxTensor handed = OnnxTensors.toOnnxTensor(tensor, environment, type)) {
            assertThat(handed.getInfo().type).isEqualTo(type);
            assertThat(OnnxTensors.fromOnnxTensor(handed).toDoubleArray()).isEqualTo(tensor.toDoubleArray());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F64, FLOAT",
        "I64, INT32",
        "BF16, FLOAT16",
        "U64, INT64",
        "C64, FLOAT",
        "F32, STRING",
        "F32, UNKNOWN",
        "BOOL, UINT8"
    })
    void aTypeThatDoesNotHoldThemIsRefused(DType dtype, OnnxJavaType type) {
        assertThatThrownBy(() -> OnnxTensors.toOnnxTensor(random(dtype, 2), environment, type))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage(dtype + " [2]: " + type + " does not hold all values of " + dtype);
    }

    @Test
    void viewsScalarsAndEmptyTensorsKeepTheirShapes() throws Exception {
        Tensor view = random(DType.F32, 6, 7).slice(1, 2, 5);
        Tensor scalar = Tensor.of(new long[] {7}, 1).reshape();
        Tensor empty = Tensor.of(new float[0], 0, 3);
        for (Tensor tensor : new Tensor[] {view, scalar, empty}) {
            try (OnnxTensor handed = OnnxTensors.toOnnxTensor(tensor, environment)) {
                Tensor back = OnnxTensors.fromOnnxTensor(handed);
                assertThat(back.shape()).isEqualTo(tensor.shape());
                assertThat(back.toByteArray()).isEqualTo(tensor.toByteArray());
            }
        }
    }

    @Test
    void aCopyOutlivesItsReaderAndAClosedReaderIsRefused() throws Exception {
        Tensor tensor = random(DType.F32, 100, 100);
        Tensor mapped;
        OnnxTensor copy;
        try (StreamReader reader = StreamReader.open(write(Map.of("w", tensor)))) {
            mapped = reader.tensor("w");
            copy = OnnxTensors.toOnnxTensor(mapped, environment);
        }
        try (copy) {
            assertThat(copy.getFloatBuffer().array()).isEqualTo(tensor.toFloatArray());
        }
        assertThatThrownBy(() -> OnnxTensors.toOnnxTensor(mapped, environment))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> OnnxTensors.fromOnnxTensor(copy)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aModelIsLoadedAndSavedBitForBit() throws Exception {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        EXACT.forEach(dtype -> tensors.put("t." + dtype, random(dtype, 4, 5)));
        Path file = write(tensors);
        Map<String, OnnxTensor> loaded = OnnxTensors.load(file, environment);
        Path saved = folder.resolve("saved.safetensors");

        OnnxTensors.save(loaded, saved);

        assertThat(saved).hasSameBinaryContentAs(file);
        loaded.values().forEach(OnnxTensor::close);
    }

    @Test
    void whatCannotBeHandedOverIsNamedAtOnceAndFloatsAreWidenedOnRequest() throws Exception {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", random(DType.F8_E4M3, 2));
        tensors.put("b", random(DType.BF16, 2));
        tensors.put("c", random(DType.I8, 2));
        assertThatThrownBy(() -> OnnxTensors.load(
                        Tensors.source(Map.of("x", random(DType.U16, 3), "f", random(DType.F32, 1))), environment))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("tensor 'x', U16 [3]: ONNX Runtime's Java has no tensors of U16: ask for INT32");
        Map<String, OnnxTensor> loaded = OnnxTensors.load(Tensors.source(tensors), environment, OnnxJavaType.FLOAT);
        assertThat(loaded.values().stream().map(tensor -> tensor.getInfo().type))
                .containsExactly(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT, OnnxJavaType.INT8);
        loaded.values().forEach(OnnxTensor::close);
        assertThatThrownBy(() -> OnnxTensors.load(Tensors.source(tensors), environment, OnnxJavaType.INT8))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFlippedBitIsFoundWhileLoading() throws Exception {
        Path file = folder.resolve("crc.safetensors");
        Stsw.dump(
                Map.of("b", random(DType.F32, 5000)),
                file,
                WriteOptions.defaults().withCrc32(true));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            assertThatThrownBy(() -> OnnxTensors.load(reader.asSource(), environment))
                    .isInstanceOf(ChecksumException.class);
        }
    }

    @Test
    void aSharedTensorSeesTheMemoryAndEndsWithItsArena() throws Exception {
        Path file = write(Map.of("w", random(DType.F32, 100, 100)));
        OnnxTensor shared;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(24);
            OnnxTensor own = OnnxTensors.zeroCopy(Tensor.of(DType.F32, Shape.of(2, 3), memory), environment, arena);
            memory.set(ValueLayout.JAVA_FLOAT, 20, 5);
            assertThat(own.getFloatBuffer().get(5)).isEqualTo(5);
            own.close(); // earlier than the arena, which must not mind
            try (StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena)) {
                shared = OnnxTensors.zeroCopy(reader.tensor("w"), environment, arena);
            }
            assertThat(shared.getFloatBuffer().array())
                    .isEqualTo(random(DType.F32, 100, 100).toFloatArray());
        }
        assertThatThrownBy(shared::getFloatBuffer).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void memoryThatIsNotTheArenasIsRefused() throws Exception {
        try (Arena arena = Arena.ofShared();
                StreamReader reader = StreamReader.open(write(Map.of("w", random(DType.F32, 100, 100))))) {
            assertThatThrownBy(() -> OnnxTensors.zeroCopy(reader.tensor("w"), environment, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not belong to this arena");
            assertThatThrownBy(() -> OnnxTensors.zeroCopy(random(DType.F32, 2), environment, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("lies in the heap");
            Tensor unsigned = Tensor.of(DType.U32, Shape.of(1), arena.allocate(4));
            assertThatThrownBy(() -> OnnxTensors.zeroCopy(unsigned, environment, arena))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        Arena closed = Arena.ofShared();
        Tensor tensor = Tensor.of(DType.F32, Shape.of(2), closed.allocate(8));
        closed.close();
        assertThatThrownBy(() -> OnnxTensors.zeroCopy(tensor, environment, closed))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aModelOfSeveralFilesIsLoadedAsOne() throws Exception {
        Stsw.dump(Map.of("a", random(DType.BF16, 7)), folder.resolve("model-00001-of-00002.safetensors"));
        Path last = folder.resolve("model-00002-of-00002.safetensors");
        Stsw.dump(Map.of("b", random(DType.F8_E4M3, 3, 2)), last);
        assertThatThrownBy(() -> OnnxTensors.load(folder, environment))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("tensor 'b', F8_E4M3 [3, 2]");
        Map<String, OnnxTensor> tensors = OnnxTensors.load(folder, environment, OnnxJavaType.FLOAT);
        assertThat(tensors).containsOnlyKeys("a", "b");
        assertThat(tensors.values())
                .allSatisfy(tensor -> assertThat(tensor.getInfo().type).isEqualTo(OnnxJavaType.FLOAT));
        tensors.values().forEach(OnnxTensor::close);
        Files.delete(last);
        assertThatThrownBy(() -> OnnxTensors.load(folder, environment)).isInstanceOf(HeaderException.class);
    }

    @Test
    void twoGibibytesAreRefusedBeforeAnythingIsAllocated() throws Exception {
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(
                        folder.resolve("holes"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, 1L << 31, arena);
            Tensor tensor = Tensor.of(DType.U8, Shape.of(1L << 31), memory);
            assertThatThrownBy(() -> OnnxTensors.toOnnxTensor(tensor, environment))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("less than 2 GiB");
            assertThatThrownBy(() -> OnnxTensors.zeroCopy(tensor, environment, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("less than 2 GiB");
        }
    }

    private Path write(Map<String, Tensor> tensors) throws Exception {
        Path file = Files.createTempFile(folder, "t", ".safetensors");
        Stsw.dump(tensors, file);
        return file;
    }

    static Tensor random(DType dtype, long... dimensions) {
        Shape shape = Shape.of(dimensions);
        byte[] bytes = new byte[Math.toIntExact(dtype.byteSize(shape.elementCount()))];
        new Random(shape.elementCount()).nextBytes(bytes);
        if (dtype == DType.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] &= 1;
            }
        }
        return Tensor.of(dtype, shape, MemorySegment.ofArray(bytes));
    }
}
