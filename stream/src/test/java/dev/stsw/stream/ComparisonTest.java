package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What NumPy says of the same pairs, of every dtype: {@code interop/make_statistics.py}. */
class ComparisonTest {
    static Stream<List<String>> rows() throws IOException {
        return Files.readAllLines(StatisticsTest.GOLDEN.resolve("comparisons.tsv")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> List.of(line.split("\t", -1)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void measuresAreThoseOfNumpy(List<String> row) throws IOException {
        requireRow(comparison(row, 1), 1, row);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void soTheyAreOfManyElementsInMergedParts(List<String> row) throws IOException {
        Comparison merged = comparison(row, 100);
        merged.merge(comparison(row, 7));
        requireRow(merged, 107, row);
    }

    private static Comparison comparison(List<String> row, int times) throws IOException {
        Comparison found = Comparison.of(StatisticsTest.dtype(row.get(0)), StatisticsTest.dtype(row.get(1)), 0, 0);
        found.add(StatisticsTest.repeated(row.get(0), times), StatisticsTest.repeated(row.get(1), times));
        return found;
    }

    private static void requireRow(Comparison found, int times, List<String> row) {
        requireClose(found.maxAbs(), row.get(2), 1);
        requireClose(found.meanAbs(), row.get(3), 1);
        requireClose(found.l2(), row.get(4), Math.sqrt(times));
        requireClose(found.relL2(), row.get(5), 1);
        requireClose(found.cosine(), row.get(6), 1);
        assertThat(found.nan()).isEqualTo(times * Long.parseLong(row.get(7)));
        assertThat(found.inf()).isEqualTo(times * Long.parseLong(row.get(8)));
        assertThat(found.same()).isFalse();
        assertThat(found.close()).isFalse();
    }

    private static void requireClose(OptionalDouble found, String expected, double factor) {
        if (expected.equals("-")) {
            assertThat(found).isEmpty();
        } else {
            double value = Double.parseDouble(expected) * factor;
            // A cosine near 0 is a small difference of large numbers.
            assertThat(found.orElseThrow()).isCloseTo(value, within(Math.abs(value) * 1e-12 + 1e-15));
        }
    }

    @Test
    void elementsOfTheSameBitsAreEqualAlsoIfTheyAreNan() {
        Comparison found = compare(
                0, 0, floats(Float.NaN, 1, Float.POSITIVE_INFINITY), floats(Float.NaN, 1, Float.POSITIVE_INFINITY));
        assertThat(found.same()).isTrue();
        assertThat(found.close()).isTrue();
        assertThat(found.maxAbs()).hasValue(0);
        assertThat(found.nan()).isZero();
        assertThat(found.inf()).isZero();
    }

    @Test
    void whatIsNotFiniteOnOneSideAloneIsCountedAndNeverClose() {
        float inf = Float.POSITIVE_INFINITY;
        Comparison found = compare(1e9, 1e9, floats(Float.NaN, 1, inf, inf, 2), floats(1, Float.NaN, -inf, inf, 3));
        assertThat(found.nan()).isEqualTo(2);
        assertThat(found.inf()).isEqualTo(1);
        assertThat(found.maxAbs()).hasValue(1);
        assertThat(found.meanAbs()).hasValue(1);
        assertThat(found.close()).isFalse();
    }

    @Test
    void toleranceIsRelativeToA() {
        assertThat(compare(0.1, 0, floats(10, 100), floats(11, 110)).close()).isTrue();
        assertThat(compare(0.1, 0, floats(11, 100), floats(10, 110.1f)).close()).isFalse();
        assertThat(compare(0.1, 0.2, floats(11, 100), floats(10, 110.1f)).close())
                .isTrue();
        assertThat(compare(0, 1, floats(1, 5), floats(2, 4)).close()).isTrue();
        assertThat(compare(0, 0.99, floats(1, 5), floats(2, 4)).close()).isFalse();
        // Zeros of both signs have other bits, and are the same number.
        assertThat(compare(0, 0, floats(0f), floats(-0f)).same()).isFalse();
        assertThat(compare(0, 0, floats(0f), floats(-0f)).close()).isTrue();
    }

    @Test
    void largeIntegersThatRoundToTheSameDoubleDiffer() {
        ByteBuffer a = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, (1L << 60) + 1);
        ByteBuffer b = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, (1L << 60) - 1);
        Comparison found = Comparison.of(DType.I64, DType.I64, 0, 0);
        found.add(a, b);
        assertThat(found.maxAbs()).hasValue(2);
        assertThat(found.close()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"F6_E2M3", "F6_E3M2"})
    void ofF6OnlyBitsAreCompared(DType dtype) {
        Comparison same = Comparison.of(dtype, dtype, 0, 1);
        same.add(ByteBuffer.allocate(3), ByteBuffer.allocate(3));
        assertThat(same.close()).isTrue();
        same.add(ByteBuffer.allocate(3), ByteBuffer.wrap(new byte[] {0, 0, 1}));
        assertThat(same.close()).isFalse();
        assertThat(same.maxAbs()).isEmpty();
        assertThat(same.relL2()).isEmpty();
    }

    @Test
    void whatCannotBeComparedIsRefused() {
        assertThat(Comparison.supports(DType.C64, DType.F32)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> Comparison.of(DType.C64, DType.F32, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Comparison.of(DType.F32, DType.F32, -1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Comparison.of(DType.F32, DType.BF16, 0, 0).add(floats(1, 2), ByteBuffer.allocate(6)))
                .withMessage("8 bytes of F32 and 6 of BF16 are not as many elements");
    }

    private static Comparison compare(double rtol, double atol, ByteBuffer a, ByteBuffer b) {
        Comparison found = Comparison.of(DType.F32, DType.F32, rtol, atol);
        found.add(a, b);
        return found;
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.flip();
    }
}
