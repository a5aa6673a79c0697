package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorViewTest {
    private final Tensor cube = Tensor.of(numbers(24), 2, 3, 4);

    private static int[] numbers(int count) {
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = i;
        }
        return numbers;
    }

    @Test
    void withoutDimensionsAnArrayIsAVector() {
        assertThat(Tensor.of(new float[3]).shape()).isEqualTo(Shape.of(3));
        assertThat(Tensor.of(new float[1]).reshape().shape()).isEqualTo(Shape.of());
    }

    @Test
    void aSliceKeepsTheDimension() {
        Tensor slice = cube.slice(1, 1, 3);
        assertThat(slice.shape()).isEqualTo(Shape.of(2, 2, 4));
        assertThat(slice.toIntArray()).containsExactly(4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23);
        assertThat(slice.isContiguous()).isFalse();
        assertThat(slice.getInt(1, 0, 3)).isEqualTo(19);
        assertThat(cube.slice(0, 1, 2).isContiguous()).isTrue();
    }

    @Test
    void aSelectionDropsTheDimension() {
        assertThat(cube.select(2, 3).toIntArray()).containsExactly(3, 7, 11, 15, 19, 23);
        assertThat(cube.select(0, 1).select(0, 2).shape()).isEqualTo(Shape.of(4));
        assertThat(cube.select(0, 1).select(0, 2).toIntArray()).containsExactly(20, 21, 22, 23);
        assertThat(cube.select(0, 0).select(0, 0).select(0, 3).getInt()).isEqualTo(3);
    }

    @Test
    void viewsOfViewsEqualIndexingForManyRandomCuts() {
        SplittableRandom dice = new SplittableRandom(4);
        for (int round = 0; round < 500; round++) {
            Tensor view = cube;
            for (int cut = 0; cut < 3 && view.shape().rank() > 0; cut++) {
                int d = dice.nextInt(view.shape().rank());
                long size = view.shape().dimension(d);
                if (dice.nextBoolean()) {
                    long from = dice.nextLong(size + 1);
                    view = view.slice(d, from, dice.nextLong(from, size + 1));
                } else if (size > 0) {
                    view = view.select(d, dice.nextLong(size));
                }
            }
            long[] expected = byIndexing(view);
            assertThat(view.toLongArray()).isEqualTo(expected);
            assertThat(view.contiguous().toLongArray()).isEqualTo(expected);
            assertThat(view.toByteArray()).isEqualTo(view.contiguous().data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static long[] byIndexing(Tensor view) {
        long[] values = new long[(int) view.shape().elementCount()];
        long[] index = new long[view.shape().rank()];
        for (int i = 0; i < values.length; i++) {
            values[i] = view.getLong(index);
            for (int d = index.length - 1; d >= 0 && ++index[d] == view.shape().dimension(d); d--) {
                index[d] = 0;
            }
        }
        return values;
    }

    @Test
    void aViewWithGapsHasNoDataUntilItIsMadeContiguous() {
        Tensor view = cube.select(2, 0);
        assertThatThrownBy(view::data).isInstanceOf(IllegalStateException.class).hasMessageContaining("contiguous()");
        assertThatThrownBy(() -> view.reshape(6)).isInstanceOf(IllegalStateException.class);
        assertThat(view.contiguous().reshape(6).toIntArray()).containsExactly(0, 4, 8, 12, 16, 20);
        assertThat(cube.slice(0, 1, 2).data().byteSize()).isEqualTo(48);
    }

    @Test
    void dataCannotBeWrittenTo() {
        assertThat(cube.data().isReadOnly()).isTrue();
    }

    @Test
    void indicesAreChecked() {
        assertThatThrownBy(() -> cube.getInt(0, 3, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cube.getInt(0, -1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cube.getInt(0, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cube.slice(3, 0, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cube.select(0, 2))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("I32 [2, 3, 4]: index 2 is out of range for dimension 0 of size 2");
        assertThatThrownBy(() -> cube.slice("..., 0, 0, 0, 0"))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("4 indices for 3 dimensions");
        assertThatThrownBy(() -> cube.slice(Index.rest(), Index.rest())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void slicesAreThoseOfNumPyAndOfTheReferenceWhereItAnswers() throws IOException {
        int answers = 0;
        List<String[]> rows = Golden.rows("slices.tsv");
        for (String[] row : rows) {
            Shape shape = Golden.shape(row[0]);
            int[] all = numbers((int) shape.elementCount());
            Tensor tensor = Tensor.of(
                            DType.I32, Shape.of(all.length), Tensor.of(all).data())
                    .reshape(shape.toArray());
            answers += row[4].equals("same") ? 1 : 0;
            if (row[2].equals("error")) {
                assertThatThrownBy(() -> tensor.slice(row[1]))
                        .as("%s of %s", row[1], shape)
                        .isInstanceOf(IndexOutOfBoundsException.class);
                continue;
            }
            Tensor slice = tensor.slice(row[1]);
            assertThat(slice.shape()).as("%s of %s", row[1], shape).isEqualTo(Golden.shape(row[2]));
            String values = Arrays.stream(slice.toIntArray())
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining(","));
            assertThat(values).as("%s of %s", row[1], shape).isEqualTo(row[3]);
            assertThat(slice.toLongArray()).isEqualTo(byIndexing(slice));
        }
        assertThat(rows).hasSizeGreaterThan(400);
        assertThat(answers).isGreaterThanOrEqualTo(100);
    }

    @Test
    void indicesReadAsNumPyWritesThem() {
        assertThat(Index.parse(" 1 : -2:+3 ,...,-1 , "))
                .containsExactly(Index.range(1, -2).step(3), Index.rest(), Index.at(-1));
        assertThat(Index.parse("::-1, 2:, :3")).hasToString("[::-1, 2:, :3]");
        for (String text : List.of("", ",", "1,,2", "a", "1:2:3:4", "1.5", "..", ":::", "1 2", "0x1", "None")) {
            assertThatThrownBy(() -> Index.parse(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + text + "' is no index");
        }
        assertThatThrownBy(() -> Index.parse("::0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Index.at(0).step(2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void dimensionsChangePlaces() {
        assertThat(cube.transpose().shape()).isEqualTo(Shape.of(4, 3, 2));
        assertThat(cube.transpose().getInt(3, 1, 0)).isEqualTo(cube.getInt(0, 1, 3));
        assertThat(cube.permute(1, -1, 0).shape()).isEqualTo(Shape.of(3, 4, 2));
        assertThat(cube.permute(1, 2, 0).toLongArray()).isEqualTo(byIndexing(cube.permute(1, 2, 0)));
        assertThat(cube.transpose(0, -1).toIntArray())
                .isEqualTo(cube.permute(2, 1, 0).toIntArray());
        assertThat(cube.transpose().transpose().isContiguous()).isTrue();
        assertThatThrownBy(() -> cube.permute(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cube.permute(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cube.transpose(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @EnumSource
    void viewsOfEveryDtypeHoldTheBitsOfTheirElements(DType dtype) throws IOException {
        byte[] bytes = new byte[dtype.bits() * 3 * 40];
        new Random(5).nextBytes(bytes);
        Tensor tensor = Tensor.raw(dtype, bytes, 8, 3, 40);
        for (String index : List.of("::-1", ":, 1:, ::2", "..., ::-3", "2:4, 0, 1:3")) {
            for (Tensor view : List.of(tensor.slice(index), tensor.slice(index).transpose())) {
                byte[] expected = bitByBit(tensor, view);
                assertThat(view.toByteArray()).as(index).isEqualTo(expected);
                assertThat(view.contiguous().data().toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(expected);
                try (var channel = Tensors.source(Map.of("x", view)).open("x")) {
                    ByteBuffer read = ByteBuffer.allocate(expected.length + 1);
                    while (channel.read(read.limit(Math.min(read.position() + 5, read.capacity()))) >= 0) {}
                    assertThat(Arrays.copyOf(read.array(), read.position())).isEqualTo(expected);
                }
                if (dtype != DType.C64) {
                    assertThat(view.toDoubleArray())
                            .isEqualTo(Tensor.raw(dtype, expected).toDoubleArray());
                }
            }
        }
    }

    private static byte[] bitByBit(Tensor tensor, Tensor view) {
        byte[] all = tensor.data().toArray(ValueLayout.JAVA_BYTE);
        int bits = tensor.dtype().bits();
        byte[] expected = new byte[(int) view.byteSize()];
        Runs runs = view.runs();
        int at = 0;
        while (runs.next()) {
            for (long i = 0; i < runs.length(); i++) {
                for (int bit = 0; bit < bits; bit++, at++) {
                    long from = (runs.from() + i * runs.step()) * bits + bit;
                    expected[at >> 3] |= (byte) ((all[(int) (from >> 3)] >> (from & 7) & 1) << (at & 7));
                }
            }
        }
        return expected;
    }

    @Test
    void rowsAreReadOneByOne() {
        Tensor matrix = Tensor.of(DType.BF16, new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        float[] row = new float[2];
        matrix.readRow(2, row);
        assertThat(row).containsExactly(5, 6);
        matrix.slice("::-1, ::-1").readRow(2, row);
        assertThat(row).containsExactly(2, 1);
        Tensor.of(DType.BF16, new float[] {1, 2, 3, 4, 5, 6}, 3, 1, 2)
                .slice("1:")
                .readRow(1, row);
        assertThat(row).containsExactly(5, 6);
        assertThatThrownBy(() -> matrix.readRow(3, row))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("BF16 [3, 2]: index 3 is out of range for dimension 0 of size 3");
        assertThatThrownBy(() -> matrix.readRow(-1, row)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> matrix.readRow(0, new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 elements, the array 3");
        assertThat(matrix.rows()).extracting(each -> each.getFloat(1)).containsExactly(2f, 4f, 6f);
        assertThat(matrix.rows()).hasSize(3);
        assertThatThrownBy(() -> Tensor.scalar(DType.F32, 1).rows()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void copiesFillTheirTargetExactly() {
        float[] floats = new float[24];
        cube.copyTo(floats);
        assertThat(floats[23]).isEqualTo(23);
        double[] doubles = new double[6];
        cube.select(2, -1).copyTo(doubles);
        assertThat(doubles).containsExactly(3, 7, 11, 15, 19, 23);
        byte[] bytes = new byte[9];
        cube.slice("1, 1, 1:3").copyTo(MemorySegment.ofArray(bytes));
        assertThat(bytes).containsExactly(17, 0, 0, 0, 18, 0, 0, 0, 0);
        assertThatThrownBy(() -> cube.copyTo(new long[23])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cube.copyTo(new int[25])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cube.copyTo(MemorySegment.ofArray(new byte[95])))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "F8_E4M3", "U8", "I16"})
    void readingRowsLeavesNoGarbage(DType dtype) throws ReflectiveOperationException {
        Tensor matrix = Tensor.raw(dtype, new byte[dtype.bits() * 512], 8, 512);
        float[] row = new float[512];
        float[] all = new float[8 * 512];
        matrix.readRow(0, row);
        matrix.copyTo(all);
        long before = allocatedBytes();
        for (int i = 0; i < 1000; i++) {
            matrix.readRow(i & 7, row);
            matrix.copyTo(all);
        }
        // Not even a byte an element: what is left are objects of a fixed size, until the compiler removes them too.
        assertThat(allocatedBytes() - before).isLessThan(1000 * 512);
    }

    /// By this thread, so far. By reflection, because our module does not read that one.
    private static long allocatedBytes() throws ReflectiveOperationException {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getCurrentThreadAllocatedBytes")
                .invoke(threads);
    }

    @Test
    void shapeAndDataMustAgree() {
        assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2, 3] has 6 elements, the array 5");
        assertThatThrownBy(() -> Tensor.of(DType.F32, Shape.of(2), MemorySegment.ofArray(new byte[7])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("takes 8 bytes, not 7");
        assertThatThrownBy(() -> Tensor.of(DType.F4, Shape.of(3), MemorySegment.ofArray(new byte[2])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not end on a byte");
    }

    @Test
    void emptyTensorsOfHugeDimensionsAreHarmless() {
        Tensor empty = Tensor.of(DType.F32, Shape.of(0, 1L << 62, 4), MemorySegment.ofArray(new byte[0]));
        assertThat(empty.toFloatArray()).isEmpty();
        assertThat(empty.data().byteSize()).isZero();
        assertThat(empty.isContiguous()).isTrue();
        assertThat(empty.select(2, 3).slice(1, 5, 1L << 40).toByteArray()).isEmpty();
    }
}
