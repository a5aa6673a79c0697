package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedMemoryTest {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final Tensor weight = DjlTensorsTest.random(DType.F32, 50, 60);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("model.safetensors");
        Stsw.dump(
                Map.of("w", weight, "ids", Tensor.of(new long[] {1, 2, 3}), "empty", Tensor.of(new float[0], 0, 2)),
                file);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void anArraySharesTheMemoryOfItsTensor() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(24);
            NDArray array = DjlTensors.zeroCopy(Tensor.of(DType.F32, Shape.of(2, 3), memory), manager, arena);
            memory.set(ValueLayout.JAVA_FLOAT, 20, 5);
            assertThat(array.getFloat(1, 2)).isEqualTo(5);
        }
    }

    @Test
    @SuppressWarnings("try") // closed early
    void closingTheArenaEndsTheArrayAndItsViews() throws IOException {
        NDArray array;
        NDArray view;
        NDArray sum;
        try (Arena arena = Arena.ofShared();
                StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena)) {
            array = DjlTensors.zeroCopy(reader.tensor("w"), manager, arena);
            reader.close(); // the arena decides
            assertThat(array.toFloatArray()).isEqualTo(weight.toFloatArray());
            view = array.get(new NDIndex("3"));
            sum = array.add(1);
            sum.attach(manager);
        }
        for (NDArray gone : new NDArray[] {array, view}) {
            assertThatThrownBy(() -> gone.add(1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(gone::toFloatArray).isInstanceOf(IllegalStateException.class);
        }
        assertThat(sum.getFloat(0, 0)).isEqualTo(weight.getFloat(0, 0) + 1);
        assertThat(manager.getManagedArrays()).hasSize(1);
    }

    @Test
    void anArenaThatClosesByItselfStaysAsLongAsTheArray() throws Exception {
        NDArray array;
        try (StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), Arena.ofAuto())) {
            Arena other = Arena.ofAuto();
            assertThatThrownBy(() -> DjlTensors.zeroCopy(reader.tensor("w"), manager, other))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        Arena arena = Arena.ofAuto();
        try (StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena)) {
            array = DjlTensors.zeroCopy(reader.tensor("w"), manager, arena);
        }
        arena = null;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(array.toFloatArray()).isEqualTo(weight.toFloatArray());
    }

    @Test
    void aTensorWhoseMemoryIsNotTheArenasIsRefused() throws IOException {
        try (Arena arena = Arena.ofShared();
                StreamReader reader = StreamReader.open(file)) {
            assertThatThrownBy(() -> DjlTensors.zeroCopy(reader.tensor("w"), manager, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not belong to this arena");
            assertThatThrownBy(() -> DjlTensors.zeroCopy(weight, manager, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("lies in the heap");
        }
        Arena closed = Arena.ofShared();
        Tensor tensor = Tensor.of(DType.F32, Shape.of(2), closed.allocate(8));
        closed.close();
        assertThatThrownBy(() -> DjlTensors.zeroCopy(tensor, manager, closed))
                .isInstanceOf(IllegalStateException.class);
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void whatTheEngineHasNoArraysForIsRefused() {
        try (Arena arena = Arena.ofShared()) {
            Tensor tensor = Tensor.of(DType.BF16, Shape.of(2), arena.allocate(4));
            assertThatThrownBy(() -> DjlTensors.zeroCopy(tensor, manager, arena))
                    .isInstanceOf(UnsupportedOperationException.class);
            Tensor gaps =
                    Tensor.of(DType.F32, Shape.of(2, 2), arena.allocate(16)).slice(1, 0, 1);
            assertThatThrownBy(() -> DjlTensors.zeroCopy(gaps, manager, arena))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aMappedModelMayBeWrittenToAndItsFileStaysAsItIs() throws IOException {
        byte[] before = Files.readAllBytes(file);
        NDList arrays = DjlTensors.zeroCopy(file, manager);
        assertThat(arrays.get("ids").toLongArray()).containsExactly(1, 2, 3);
        assertThat(arrays.get("empty").getShape().getShape()).containsExactly(0, 2);
        NDArray array = arrays.get("w");
        assertThat(array.toFloatArray()).isEqualTo(weight.toFloatArray());

        array.muli(3);

        assertThat(array.getFloat(0, 0)).isEqualTo(3 * weight.getFloat(0, 0));
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void aMappedModelEndsWithItsManagerAndSoDoesTheMapping() throws IOException {
        NDManager own = manager.newSubManager();
        NDArray array = DjlTensors.zeroCopy(file, own).get("w");
        NDArray view = array.get(new NDIndex("3"));
        own.close();
        assertThatThrownBy(array::toFloatArray).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(view::toFloatArray).isInstanceOf(IllegalStateException.class);
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.exists(maps), "SKIPPED: only Linux says what is mapped");
        assertThat(Files.readString(maps)).doesNotContain(file.toString());
    }

    @Test
    void aModelWithADtypeThatTheEngineLacksIsNotMapped() throws IOException {
        Stsw.dump(Map.of("a", DjlTensorsTest.random(DType.BF16, 3), "b", DjlTensorsTest.random(DType.F32, 3)), file);
        assertThatThrownBy(() -> DjlTensors.zeroCopy(file, manager))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("tensor 'a', BF16 [3]: DJL's PyTorch engine has no arrays of BF16: ask for FLOAT32");
        Stsw.dump(Map.of(), file);
        assertThat(DjlTensors.zeroCopy(file, manager)).isEmpty();
        assertThat(manager.create(new float[] {1}).getDataType()).isEqualTo(DataType.FLOAT32);
    }
}
