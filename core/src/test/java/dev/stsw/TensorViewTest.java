package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

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
        assertThatThrownBy(() -> cube.slice(0, 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cube.slice(3, 0, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cube.select(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
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
