package dev.stsw.djl;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
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
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DjlTensorsTest {
    private static final EnumSet<DType> EXACT =
            EnumSet.of(DType.F64, DType.F32, DType.F16, DType.I64, DType.I32, DType.I8, DType.U8, DType.BOOL);

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyDtypeArrivesBitForBitAndComesBack_orIsRefused(DType dtype) {
        Tensor tensor = random(dtype, 3, 8);
        if (!EXACT.contains(dtype)) {
            assertThatThrownBy(() -> DjlTensors.toNDArray(tensor, manager))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageStartingWith(dtype + " [3, 8]: DJL's PyTorch engine has no arrays of " + dtype);
            return;
        }

        NDArray array = DjlTensors.toNDArray(tensor, manager);

        assertThat(array.getShape().getShape()).containsExactly(3, 8);
        assertThat(array.getDataType().asSafetensors()).isEqualTo(dtype.name());
        Tensor back = DjlTensors.fromNDArray(array);
        assertThat(back.dtype()).isEqualTo(dtype);
        assertThat(back.shape()).isEqualTo(tensor.shape());
        assertThat(back.toByteArray()).isEqualTo(tensor.toByteArray());
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, FLOAT32",
        "F16, FLOAT32",
        "F16, FLOAT64",
        "F8_E4M3, FLOAT32",
        "F8_E5M2, FLOAT64",
        "F8_E8M0, FLOAT32",
        "F4, FLOAT32",
        "F32, FLOAT64",
        "I16, INT32",
        "U16, INT32",
        "U16, FLOAT32",
        "U32, INT64",
        "I8, INT64"
    })
    void aTypeThatHoldsAllValuesIsHadOnRequest(DType dtype, DataType type) {
        Tensor tensor = random(dtype, 50, 4000); // several chunks

        NDArray array = DjlTensors.toNDArray(tensor, manager, type);

        assertThat(array.getDataType()).isEqualTo(type);
        assertThat(DjlTensors.fromNDArray(array).toDoubleArray()).isEqualTo(tensor.toDoubleArray());
    }

    @ParameterizedTest
    @CsvSource({
        "F64, FLOAT32",
        "I64, INT32",
        "BF16, FLOAT16",
        "F32, BFLOAT16",
        "BF16, BFLOAT16",
        "U64, UINT64",
        "I16, INT16",
        "U64, INT64",
        "C64, COMPLEX64",
        "F32, STRING",
        "F32, UNKNOWN",
        "BOOL, UINT8",
        "I32, FLOAT32"
    })
    void aTypeThatDoesNotHoldThemOrKillsTheMachineIsRefused(DType dtype, DataType type) {
        assertThatThrownBy(() -> DjlTensors.toNDArray(random(dtype, 2), manager, type))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining(type.name());
    }

    @Test
    void viewsScalarsAndEmptyTensorsKeepTheirShapes() {
        Tensor view = random(DType.F32, 6, 7).slice(1, 2, 5);
        assertThat(DjlTensors.toNDArray(view, manager).toFloatArray()).isEqualTo(view.toFloatArray());
        NDArray scalar = DjlTensors.toNDArray(Tensor.of(new long[] {7}, 1).reshape(), manager);
        assertThat(scalar.getShape().dimension()).isZero();
        assertThat(scalar.getLong()).isEqualTo(7);
        assertThat(DjlTensors.fromNDArray(scalar).shape()).isEqualTo(Shape.of());
        NDArray empty = DjlTensors.toNDArray(Tensor.of(new float[0], 0, 3), manager);
        assertThat(empty.getShape().getShape()).containsExactly(0, 3);
        assertThat(DjlTensors.fromNDArray(empty).shape()).isEqualTo(Shape.of(0, 3));
    }

    @Test
    void anArrayOfSeveralPartsIsFilledAndRead() throws Exception {
        Tensor tensor = random(DType.F32, 10, 10);
        NDArray array = manager.create(new ai.djl.ndarray.types.Shape(10, 10));
        ArrayFilling.fill(
                array, DType.F32, DType.F32, bytes(tensor.toByteArray()), 52); // 7 parts of 13 elements, 1 of 9
        assertThat(array.toFloatArray()).isEqualTo(tensor.toFloatArray());

        Tensor narrow = random(DType.BF16, 10, 10);
        ArrayFilling.fill(array, DType.BF16, DType.F32, bytes(narrow.toByteArray()), 52);
        assertThat(array.toFloatArray()).isEqualTo(narrow.toFloatArray());

        try (ArrayParts parts = new ArrayParts(array, DType.F32, 52)) {
            int count = 0;
            for (var part = parts.next(); part != null; part = parts.next()) {
                assertThat(part.remaining()).isEqualTo(count == 7 ? 36 : 52);
                assertThat(part.getFloat(0)).isEqualTo(array.getFloat(count * 13 / 10, count * 13 % 10));
                count++;
            }
            assertThat(count).isEqualTo(8);
        }
        assertThat(manager.getManagedArrays()).hasSize(1);
    }

    @Test
    void bytesThatEndEarlyOrGoOnAreAnError() {
        NDArray array = manager.create(new ai.djl.ndarray.types.Shape(2));
        assertThatThrownBy(() -> ArrayFilling.fill(array, DType.F32, DType.F32, bytes(new byte[7]), 1024))
                .isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> ArrayFilling.fill(array, DType.F32, DType.F32, bytes(new byte[9]), 1024))
                .hasMessageContaining("more bytes");
    }

    @Test
    void aCopyOutlivesItsReaderAndMayBeWrittenTo() throws Exception {
        Path file = write(Map.of("w", random(DType.F32, 100, 100)));
        byte[] before = Files.readAllBytes(file);
        NDArray array;
        float[] values;
        try (StreamReader reader = StreamReader.open(file)) {
            array = DjlTensors.toNDArray(reader.tensor("w"), manager);
            values = reader.tensor("w").toFloatArray();
        }
        assertThat(array.toFloatArray()).isEqualTo(values);
        array.muli(2);
        assertThat(array.getFloat(0, 0)).isEqualTo(2 * values[0]);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void aTensorOfAClosedReaderIsRefused() throws Exception {
        Tensor tensor;
        try (StreamReader reader = StreamReader.open(write(Map.of("w", random(DType.F32, 100, 100))))) {
            tensor = reader.tensor("w");
        }
        assertThatThrownBy(() -> DjlTensors.toNDArray(tensor, manager)).isInstanceOf(IllegalStateException.class);
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void aClosedManagerAndAMissingGpuAreRefused() {
        NDManager closed = manager.newSubManager();
        closed.close();
        assertThatThrownBy(() -> DjlTensors.toNDArray(random(DType.F32, 2), closed))
                .isInstanceOf(IllegalStateException.class);
        int gpus = manager.getEngine().getGpuCount();
        try (NDManager none = manager.newSubManager(Device.gpu(gpus))) {
            assertThatThrownBy(() -> DjlTensors.toNDArray(random(DType.F32, 2), none))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("gpu(" + gpus + "): the engine finds " + gpus + " GPUs");
        }
    }

    @Test
    void aModelIsLoadedAndSavedBitForBit() throws Exception {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        EXACT.forEach(dtype -> tensors.put("t." + dtype, random(dtype, 4, 5)));
        tensors.put("empty", Tensor.of(new float[0], 0, 2));
        Path file = write(tensors);
        NDList arrays = DjlTensors.load(file, manager);
        assertThat(arrays.size()).isEqualTo(9);
        assertThat(arrays.get("t.I64").getShape().getShape()).containsExactly(4, 5);

        Path saved = folder.resolve("saved.safetensors");
        DjlTensors.save(arrays, saved);

        assertThat(Files.mismatch(file, saved)).isEqualTo(-1);
        int before = manager.getManagedArrays().size();
        DjlTensors.save(arrays, saved, WriteOptions.defaults().withCrc32(true));
        assertThat(Stsw.verify(saved).ok()).isTrue();
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void allTensorsThatTheEngineCannotHaveAreNamedAtOnce() throws Exception {
        Path file = write(Map.of(
                "a",
                random(DType.BF16, 2),
                "b",
                random(DType.U64, 2),
                "c",
                random(DType.F32, 2),
                "d",
                random(DType.I16, 2)));
        assertThatThrownBy(() -> DjlTensors.load(file, manager))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("""
                        tensor 'b', U64 [2]: DJL's PyTorch engine has no arrays of U64
                        tensor 'a', BF16 [2]: DJL's PyTorch engine has no arrays of BF16: ask for FLOAT32
                        tensor 'd', I16 [2]: DJL's PyTorch engine has no arrays of I16: ask for INT32""");
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void floatsOfAModelAreWidenedOnRequestAndTheRestStays() throws Exception {
        Map<String, Tensor> tensors = Map.of(
                "bf16",
                random(DType.BF16, 9),
                "f8",
                random(DType.F8_E4M3, 9),
                "f64",
                random(DType.F64, 9),
                "i8",
                random(DType.I8, 9),
                "bool",
                random(DType.BOOL, 9));
        NDList arrays = DjlTensors.load(write(tensors), manager, DataType.FLOAT32);
        assertThat(arrays.get("bf16").getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(arrays.get("f8").getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(arrays.get("f64").getDataType()).isEqualTo(DataType.FLOAT64);
        assertThat(arrays.get("i8").getDataType()).isEqualTo(DataType.INT8);
        tensors.forEach((name, tensor) -> assertThat(
                        DjlTensors.fromNDArray(arrays.get(name)).toDoubleArray())
                .isEqualTo(tensor.toDoubleArray()));
        assertThatThrownBy(() -> DjlTensors.load(folder.resolve("none"), manager, DataType.INT8))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> DjlTensors.load(Tensors.source(tensors), manager, DataType.INT8))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aModelOfSeveralFilesIsLoadedAndSharedAsOne() throws Exception {
        Map<String, Tensor> first = Map.of("a", random(DType.F32, 7), "b", random(DType.I64, 5));
        Map<String, Tensor> second = Map.of("c", random(DType.F16, 3, 2), "d", random(DType.U8, 9));
        Stsw.dump(first, folder.resolve("model-00001-of-00002.safetensors"));
        Path last = folder.resolve("model-00002-of-00002.safetensors");
        Stsw.dump(second, last);
        Map<String, Tensor> all = new LinkedHashMap<>(first);
        all.putAll(second);
        for (NDList arrays : new NDList[] {
            DjlTensors.load(folder, manager),
            DjlTensors.load(folder, manager, DataType.FLOAT64),
            DjlTensors.zeroCopy(folder, manager)
        }) {
            assertThat(arrays).hasSize(4);
            all.forEach((name, tensor) -> assertThat(
                            DjlTensors.fromNDArray(arrays.get(name)).toDoubleArray())
                    .isEqualTo(tensor.toDoubleArray()));
        }
        int before = manager.getManagedArrays().size();
        Files.delete(last);
        assertThatThrownBy(() -> DjlTensors.load(folder, manager)).isInstanceOf(HeaderException.class);
        assertThatThrownBy(() -> DjlTensors.zeroCopy(folder, manager)).isInstanceOf(HeaderException.class);
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void anIndexChoosesFromFilesThatShareAName() throws Exception {
        Stsw.dump(
                Map.of("a", Tensor.of(new float[] {1}), "b", Tensor.of(new float[] {2})),
                folder.resolve("x.safetensors"));
        Stsw.dump(
                Map.of("a", Tensor.of(new float[] {3}), "c", Tensor.of(new float[] {4})),
                folder.resolve("y.safetensors"));
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, """
                {"weight_map": {"a": "y.safetensors", "b": "x.safetensors", "c": "y.safetensors"}}""");
        for (NDList arrays : new NDList[] {DjlTensors.load(index, manager), DjlTensors.zeroCopy(index, manager)}) {
            assertThat(arrays).hasSize(3);
            assertThat(arrays.get("a").getFloat(0)).isEqualTo(3);
            assertThat(arrays.get("b").getFloat(0)).isEqualTo(2);
            assertThat(arrays.get("c").getFloat(0)).isEqualTo(4);
        }
    }

    @Test
    void aFlippedBitIsFoundWhileLoadingAndNoArrayStays() throws Exception {
        Path file = folder.resolve("crc.safetensors");
        Stsw.dump(
                Map.of("a", random(DType.F32, 50), "b", random(DType.F32, 5000)),
                file,
                WriteOptions.defaults().withCrc32(true));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            assertThatThrownBy(() -> DjlTensors.load(reader.asSource(), manager))
                    .isInstanceOf(ChecksumException.class);
        }
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void anArrayWithGapsIsSavedInItsOwnOrderAndLeavesNothingBehind() throws Exception {
        NDArray transposed = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new ai.djl.ndarray.types.Shape(2, 3))
                .transpose();
        transposed.setName("t");
        int before = manager.getManagedArrays().size();
        Path file = folder.resolve("t.safetensors");
        DjlTensors.save(new NDList(transposed), file);
        assertThat(Stsw.load(file).get("t").toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(DjlTensors.fromNDArray(transposed).toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void arraysWithoutNamesOrOfOneNameAreRefusedAllAtOnce() {
        NDArray a = manager.create(1f);
        NDArray b = manager.create(2f);
        NDArray c = manager.create(3f);
        b.setName("x");
        c.setName("x");
        Path file = folder.resolve("t.safetensors");
        assertThatThrownBy(() -> DjlTensors.save(new NDList(a, b, c), file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("array 0, (), has no name: give it one with setName\ntwo arrays are called 'x'");
        assertThat(file).doesNotExist();
        b.close();
        assertThatThrownBy(() -> DjlTensors.fromNDArray(b)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void moreThanTwoGibibytesGoThereAndBack() throws Exception {
        long size = (2L << 30) + 4096 + 3;
        Path file = folder.resolve("holes");
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE)) {
            MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, size, arena);
            for (long at : new long[] {0, (1L << 30) - 1, 1L << 30, (2L << 30) - 1, 2L << 30, size - 1}) {
                memory.set(JAVA_BYTE, at, (byte) (at % 100 + 1));
            }
            Tensor tensor = Tensor.of(DType.U8, Shape.of(size), memory);
            try (NDArray array = DjlTensors.toNDArray(tensor, manager)) {
                array.setName("big");
                assertThat(array.size()).isEqualTo(size);
                try (NDArray last = array.get(new NDIndex().addSliceDim(size - 1, size))) {
                    assertThat(last.toByteArray()).containsExactly(memory.get(JAVA_BYTE, size - 1));
                }
                requireSame(DjlTensors.fromNDList(new NDList(array)).open("big"), memory);
            }
            assertThatThrownBy(() -> DjlTensors.zeroCopy(tensor, manager, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2 GiB");
        }
    }

    private static void requireSame(ReadableByteChannel bytes, MemorySegment expected) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        long at = 0;
        for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer.clear())) {
            MemorySegment found = MemorySegment.ofBuffer(buffer.flip());
            assertThat(found.mismatch(expected.asSlice(at, count))).isEqualTo(-1);
            at += count;
        }
        assertThat(at).isEqualTo(expected.byteSize());
        bytes.close();
    }

    private Path write(Map<String, Tensor> tensors) throws Exception {
        Path file = Files.createTempFile(folder, "t", ".safetensors");
        Stsw.dump(tensors, file);
        return file;
    }

    private static ReadableByteChannel bytes(byte[] bytes) {
        return Channels.newChannel(new ByteArrayInputStream(bytes));
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
