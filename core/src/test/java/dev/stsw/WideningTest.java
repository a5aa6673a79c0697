package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class WideningTest {
    /// Every pattern of 16 bits, and with it every value of the narrower types; more than one chunk.
    private static final byte[] PATTERNS = patterns();

    static Stream<DType[]> pairs() {
        return Stream.of(DType.values())
                .flatMap(wide -> Stream.of(DType.values())
                        .filter(narrow -> narrow != wide && wide.holds(narrow))
                        .map(narrow -> new DType[] {narrow, wide}));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void everyValueStaysTheSameNumber(DType narrow, DType wide) {
        long count = PATTERNS.length * 8L / narrow.bits();
        Tensor tensor = Tensor.of(narrow, Shape.of(2, count / 2), MemorySegment.ofArray(PATTERNS));

        Tensor widened = tensor.widen(wide);

        assertThat(widened.dtype()).isEqualTo(wide);
        assertThat(widened.shape()).isEqualTo(tensor.shape());
        assertThat(Arrays.equals(widened.toDoubleArray(), tensor.toDoubleArray()))
                .isTrue();
        if (wide == DType.I64 || wide == DType.U64) {
            assertThat(Arrays.equals(widened.toLongArray(), tensor.toLongArray()))
                    .isTrue();
        }
    }

    @Test
    void oneTypeHoldsAnotherIfAndOnlyIfEachOfItsValuesIsThere() {
        for (DType wide :
                EnumSet.of(DType.F64, DType.F32, DType.I64, DType.I32, DType.I16, DType.U64, DType.U32, DType.U16)) {
            for (DType narrow :
                    EnumSet.of(DType.U8, DType.I8, DType.U16, DType.I16, DType.U32, DType.I32, DType.F16, DType.BF16)) {
                if (wide != narrow) {
                    assertThat(wide.holds(narrow)).as(wide + " holds " + narrow).isEqualTo(rangeHolds(wide, narrow));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BOOL", "C64", "F6_E2M3", "F6_E3M2", "U64", "I64"})
    void whatNoTypeHoldsIsRefused(DType dtype) {
        Set<DType> holders = new TreeSet<>(Arrays.asList(DType.values()));
        holders.removeIf(wide -> !wide.holds(dtype));
        assertThat(holders).containsExactly(dtype);
        Tensor tensor = Tensor.of(dtype, Shape.of(4), MemorySegment.ofArray(new byte[dtype.bits() / 2]));
        assertThat(tensor.widen(dtype)).isSameAs(tensor);
        assertThatThrownBy(() -> tensor.widen(DType.F64))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("F64 does not hold all values of " + dtype);
    }

    @Test
    void aViewWithGapsIsWidenedInItsOwnOrder() {
        Tensor tensor = Tensor.of(new short[] {1, 2, 3, 4, 5, 6}, 2, 3).slice(1, 1, 3);
        assertThat(tensor.widen(DType.I32).toIntArray()).containsExactly(2, 3, 5, 6);
        assertThat(Tensor.of(new short[0], 0, 3).widen(DType.I32).shape()).isEqualTo(Shape.of(0, 3));
    }

    private static boolean rangeHolds(DType wide, DType narrow) {
        double[] extremes = Tensor.of(narrow, Shape.of(4), MemorySegment.ofArray(extremes(narrow)))
                .toDoubleArray();
        return Arrays.stream(extremes).allMatch(value -> switch (wide) {
            case F64 -> true;
            case F32 -> (float) value == value;
            case I64 -> value == Math.rint(value) && Math.abs(value) < 0x1p63;
            case I32 -> value == (int) value;
            case I16 -> value == (short) value;
            case U64 -> value == Math.rint(value) && value >= 0 && value < 0x1p64;
            case U32 -> value == Math.rint(value) && value >= 0 && value < 0x1p32;
            case U16 -> value == Math.rint(value) && value >= 0 && value < 0x1p16;
            default -> throw new AssertionError(wide);
        });
    }

    /// 0x7f…, 0xff… and 0x80…, as floats something between 0 and 1.
    private static byte[] extremes(DType dtype) {
        byte[] bytes = new byte[dtype.bits() / 2];
        int width = dtype.bits() / 8;
        Arrays.fill(bytes, 0, 2 * width, (byte) -1);
        bytes[width - 1] = 0x7f;
        bytes[3 * width - 1] = (byte) 0x80;
        if (dtype == DType.F16 || dtype == DType.BF16) {
            return new byte[] {1, 0x30, 1, 0x30, 1, 0x30, 1, 0x30};
        }
        return bytes;
    }

    private static byte[] patterns() {
        byte[] bytes = new byte[2 << 16];
        for (int i = 0; i < 1 << 16; i++) {
            bytes[2 * i] = (byte) i;
            bytes[2 * i + 1] = (byte) (i >> 8);
        }
        return bytes;
    }
}
