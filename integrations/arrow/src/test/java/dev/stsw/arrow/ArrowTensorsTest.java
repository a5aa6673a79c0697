package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes over to Arrow and comes back is the same; what Arrow cannot hold is refused; nothing stays allocated. */
class ArrowTensorsTest {
    private static final List<DType> KNOWN = Arrays.stream(DType.values())
            .filter(dtype -> ArrowTypes.find(dtype) != null)
            .toList();

    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    private Path folder;

    /** The allocator complains about what was not given back. */
    @AfterEach
    void nothingStaysAllocated() {
        allocator.close();
    }

    private static Tensor random(DType dtype, Random random, long... dimensions) {
        Shape shape = Shape.of(dimensions);
        byte[] bytes = new byte[(int) dtype.byteSize(shape.elementCount())];
        if (dtype == DType.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) random.nextInt(2);
            }
        } else {
            random.nextBytes(bytes);
        }
        return Tensor.of(dtype, shape, MemorySegment.ofArray(bytes));
    }

    private static void assertSame(Tensor found, Tensor expected) {
        assertThat(found.dtype()).isEqualTo(expected.dtype());
        assertThat(found.shape()).isEqualTo(expected.shape());
        assertThat(found.toByteArray()).isEqualTo(expected.toByteArray());
    }

    @Test
    void everyTypeInEveryShapeComesBackBitForBit() {
        assertThat(KNOWN).hasSize(12);
        Random random = new Random(4);
        for (DType dtype : KNOWN) {
            for (long[] shape : new long[][] {{0}, {1}, {77}, {3, 5}, {4, 0}, {0, 4}, {2, 3, 4}, {3, 1, 2, 2}}) {
                Tensor tensor = random(dtype, random, shape);
                try (FieldVector vector = ArrowTensors.toVector(tensor, "x", allocator)) {
                    assertThat(vector.getValueCount()).isEqualTo((int) shape[0]);
                    assertThat(vector.getNullCount()).isZero();
                    assertSame(ArrowTensors.fromVector(vector), tensor);
                }
                try (FixedSizeListVector vector = ArrowTensors.toFixedShapeTensor(tensor, "x", allocator)) {
                    assertSame(ArrowTensors.fromVector(vector), tensor);
                }
            }
        }
    }

    @Test
    void aScalarIsAVectorOfOne() {
        try (FieldVector vector =
                ArrowTensors.toVector(Tensor.of(new float[] {5}).reshape(), "x", allocator)) {
            assertThat(((Float4Vector) vector).get(0)).isEqualTo(5);
        }
        assertThatThrownBy(() -> ArrowTensors.toFixedShapeTensor(
                        Tensor.of(new float[] {5}).reshape(), "x", allocator))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'x'")
                .hasMessageContaining("scalar");
    }

    @Test
    void embeddingsAreListsOfFixedSize() {
        Tensor matrix = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        try (FieldVector vector = ArrowTensors.toVector(matrix, "embedding", allocator)) {
            assertThat(vector.getField()).hasToString("embedding: FixedSizeList(3)<$data$: FloatingPoint(SINGLE)>");
            assertThat(vector.getObject(1)).isEqualTo(List.of(4f, 5f, 6f));
        }
    }

    @Test
    void moreDimensionsAreFixedShapeTensors() {
        Tensor tensor = Tensor.of(new int[24], 2, 3, 4);
        try (FieldVector vector = ArrowTensors.toVector(tensor, "x", allocator)) {
            assertThat(vector.getField().getMetadata())
                    .isEqualTo(Map.of(
                            "ARROW:extension:name",
                            "arrow.fixed_shape_tensor",
                            "ARROW:extension:metadata",
                            "{\"shape\":[3,4]}"));
        }
    }

    @Test
    void viewsWithGapsAreGathered() {
        Tensor column = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).select(1, 1);
        try (FieldVector vector = ArrowTensors.toVector(column, "x", allocator)) {
            assertThat(ArrowTensors.fromVector(vector).toFloatArray()).containsExactly(2, 5);
        }
    }

    @Test
    void whatArrowLacksIsRefusedOrWidened() {
        for (DType dtype : DType.values()) {
            Tensor tensor = random(dtype, new Random(1), 8, 4);
            boolean widens =
                    dtype == DType.BF16 || dtype == DType.F4 || dtype.name().startsWith("F8");
            if (!KNOWN.contains(dtype)) {
                assertThatThrownBy(() -> ArrowTensors.toVector(tensor, "x", allocator))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage(
                                dtype + " [8, 4]: Arrow has no type for " + dtype + (widens ? ": widen to F32" : ""));
            }
            if (widens || dtype == DType.F16 || dtype == DType.F32) {
                try (FieldVector vector = ArrowTensors.toVector(tensor, "x", allocator, DType.F32)) {
                    assertThat(ArrowTensors.fromVector(vector).toFloatArray()).isEqualTo(tensor.toFloatArray());
                }
                try (FieldVector vector = ArrowTensors.toVector(tensor, "x", allocator, DType.F64)) {
                    assertThat(ArrowTensors.fromVector(vector).toDoubleArray()).isEqualTo(tensor.toDoubleArray());
                }
            } else {
                assertThatThrownBy(() -> ArrowTensors.toVector(tensor, "x", allocator, DType.F32))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining(dtype.name());
            }
            assertThatThrownBy(() -> ArrowTensors.toVector(tensor, "x", allocator, DType.F16))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void moreNumbersThanAVectorHoldsAreRefusedBeforeAnythingIsAllocated() {
        try (Arena arena = Arena.ofConfined()) {
            // Reserved, never touched.
            Tensor large = Tensor.of(DType.U8, Shape.of(1L << 31), unbacked(arena, 1L << 31));
            assertThatThrownBy(() -> ArrowTensors.toVector(large, "x", allocator))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("tensor 'x', U8 [2147483648]: a vector of Arrow's");
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment unbacked(Arena arena, long size) {
        return MemorySegment.ofAddress(4096).reinterpret(size, arena, nothing -> {});
    }

    @Test
    void nullsAndOtherTypesAreRefused() {
        try (IntVector vector = new IntVector("x", allocator)) {
            vector.allocateNew(2);
            vector.set(0, 1);
            vector.setValueCount(2);
            assertThatThrownBy(() -> ArrowTensors.fromVector(vector))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("column 'x' has 1 nulls, which tensors cannot hold");
        }
        try (VarCharVector vector = new VarCharVector("x", allocator)) {
            assertThatThrownBy(() -> ArrowTensors.fromVector(vector))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("column 'x' holds Utf8");
        }
    }

    private Path saved(Tensor tensor) throws IOException {
        Path file = folder.resolve("x.safetensors");
        Stsw.dump(Map.of("x", tensor, "y", Tensor.of(new boolean[5000])), file);
        return file;
    }

    @Test
    void zeroCopySharesTheMemoryOfTheFile() throws IOException {
        Tensor expected = random(DType.F32, new Random(2), 500, 16);
        Path file = saved(expected);
        try (Arena arena = Arena.ofShared()) {
            StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
            Tensor tensor = reader.tensor("x");
            FieldVector vector = ArrowTensors.zeroCopy(tensor, "x", allocator, arena);
            FixedSizeListVector lists = (FixedSizeListVector) vector;
            assertThat(lists.getDataVector().getDataBuffer().memoryAddress())
                    .isEqualTo(tensor.data().address());
            assertSame(ArrowTensors.fromVector(vector), expected);
            vector.close();
            try (FieldVector again = ArrowTensors.zeroCopyFixedShapeTensor(tensor, "x", allocator, arena)) {
                assertSame(ArrowTensors.fromVector(again), expected);
                assertThat(again.getField().getMetadata()).isNotEmpty();
            }
        }
    }

    @Test
    void aVectorThatSharesMemoryIsClosedWithItsArena() throws IOException {
        Path file = saved(random(DType.F32, new Random(3), 2000));
        Float4Vector vector;
        try (Arena arena = Arena.ofShared()) {
            StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
            vector = (Float4Vector) ArrowTensors.zeroCopy(reader.tensor("x"), "x", allocator, arena);
            vector.get(0);
        }
        assertThat(vector.getValueCount()).isZero();
        assertThatThrownBy(() -> vector.get(0)).isInstanceOf(IndexOutOfBoundsException.class);
        vector.close(); // A second time does nothing.
    }

    @Test
    void zeroCopyIsRefusedWhereItCannotBe() throws IOException {
        Path file = saved(random(DType.F32, new Random(3), 50, 40));
        try (Arena arena = Arena.ofShared();
                Arena other = Arena.ofShared()) {
            StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
            Tensor tensor = reader.tensor("x");
            assertThatThrownBy(() -> ArrowTensors.zeroCopy(tensor, "x", allocator, other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not belong to this arena");
            assertThatThrownBy(() -> ArrowTensors.zeroCopy(tensor.select(1, 0), "x", allocator, arena))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("gaps");
            assertThatThrownBy(() -> ArrowTensors.zeroCopy(reader.tensor("y"), "y", allocator, arena))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("bits");
            assertThatThrownBy(() -> ArrowTensors.zeroCopy(Tensor.of(new float[2]), "x", allocator, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("heap");
        }
    }

    @Test
    void aClosedReaderIsSaid() throws IOException {
        Tensor tensor;
        try (StreamReader reader = StreamReader.open(saved(random(DType.F32, new Random(3), 5000)))) {
            tensor = reader.tensor("x");
        }
        assertThatThrownBy(() -> ArrowTensors.toVector(tensor, "x", allocator))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nothingLeaksInAThousandRounds() throws IOException {
        Path file = saved(random(DType.F32, new Random(3), 256, 1024));
        long peak = 0;
        long resident = 0;
        for (int round = 0; round < 1100; round++) {
            if (round == 100) {
                peak = allocator.getPeakMemoryAllocation();
                resident = residentBytes();
            }
            try (Arena arena = Arena.ofShared()) {
                Tensor tensor =
                        StreamReader.open(file, ReadOptions.defaults(), arena).tensor("x");
                ArrowTensors.toVector(tensor, "x", allocator).close();
                ArrowTensors.zeroCopy(tensor, "x", allocator, arena); // Closed with the arena.
            }
        }
        assertThat(allocator.getAllocatedMemory()).isZero();
        assertThat(allocator.getPeakMemoryAllocation()).isEqualTo(peak);
        assertThat(residentBytes() - resident).isLessThan(200L << 20); // Of 2 GiB that were handed over.
    }

    /** Of this process; 0 where the system does not say it this way. */
    private static long residentBytes() throws IOException {
        Path status = Path.of("/proc/self/statm");
        return Files.exists(status)
                ? 4096 * Long.parseLong(Files.readString(status).split(" ", 3)[1])
                : 0;
    }
}
