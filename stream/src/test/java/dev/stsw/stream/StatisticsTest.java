package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What NumPy says of the same values, of every dtype: {@code interop/make_statistics.py}. */
class StatisticsTest {
    static final Path GOLDEN = Path.of(System.getProperty("stsw.root"), "interop/golden/statistics");

    /** Enough for the ways of large parts. */
    private static final int MANY = 300;

    static Stream<List<String>> rows() throws IOException {
        return Files.readAllLines(GOLDEN.resolve("values.tsv")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> List.of(line.split("\t", -1)));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a file stays there as long as it is mapped")
    void moreElementsThanAnIntCountsAreCounted(@TempDir Path folder) throws IOException {
        long size = (1L << 30) + 4096;
        Path file = folder.resolve("sparse");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(size);
            Statistics zeros = Statistics.of(DType.F4);
            zeros.add(sparse.getChannel().map(MapMode.READ_ONLY, 0, size));
            assertThat(zeros.count()).isEqualTo(2 * size);
            assertThat(zeros.zeros()).isEqualTo(2 * size);
            assertThat(zeros.mean()).hasValue(0);
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theyAreThoseOfNumpy(List<String> row) throws IOException {
        requireRow(statistics(row.get(0), 1), 1, row);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theyAreThoseOfNumpyInLargeParts(List<String> row) throws IOException {
        requireRow(statistics(row.get(0), MANY), MANY, row);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void mergedPartsAreTheWhole(List<String> row) throws IOException {
        ByteBuffer all = repeated(row.get(0), 50);
        Statistics merged = Statistics.of(dtype(row.get(0)));
        while (all.hasRemaining()) {
            int size = Math.min(all.remaining(), 24 * 7);
            Statistics part = Statistics.of(dtype(row.get(0)));
            part.add(all.slice(all.position(), size));
            all.position(all.position() + size);
            merged.merge(part);
        }
        requireRow(merged, 50, row);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void histogramsAreThoseOfNumpy(List<String> row) throws IOException {
        if (!row.get(10).equals("-")) {
            double min = Double.parseDouble(row.get(2));
            double max = Double.parseDouble(row.get(3));
            Histogram found = Histogram.of(dtype(row.get(0)), min, max, 7);
            Histogram other = Histogram.of(dtype(row.get(0)), min, max, 7);
            found.add(repeated(row.get(0), 80));
            other.add(repeated(row.get(0), 1));
            found.merge(other);
            assertThat(found.counts())
                    .isEqualTo(Stream.of(row.get(10).split(",", -1))
                            .mapToLong(count -> 81 * Long.parseLong(count))
                            .toArray());
        }
    }

    private static void requireRow(Statistics found, int times, List<String> row) {
        assertThat(found.count()).isEqualTo(times * Long.parseLong(row.get(1)));
        requireBound(found.min(), found.minInteger(), row.get(2));
        requireBound(found.max(), found.maxInteger(), row.get(3));
        requireClose(found.mean(), row.get(4), 1, row.get(5));
        // Deviations are as exact as the mean they are from.
        double mean = row.get(4).equals("-") ? 0 : Double.parseDouble(row.get(4));
        requireClose(found.std(), row.get(5), 1, row.get(5), Math.abs(mean) * 1e-17);
        requireClose(found.l2(), row.get(6), Math.sqrt(times), row.get(6));
        assertThat(List.of(found.zeros(), found.nan(), found.inf()))
                .isEqualTo(Stream.of(row.get(7), row.get(8), row.get(9))
                        .map(text -> times * Long.parseLong(text))
                        .toList());
    }

    private static void requireBound(OptionalDouble bound, OptionalLong exact, String expected) {
        if (expected.equals("-")) {
            assertThat(bound).isEmpty();
            assertThat(exact).isEmpty();
        } else if (exact.isPresent()) {
            assertThat(Long.toUnsignedString(exact.getAsLong()))
                    .isEqualTo(Long.toUnsignedString(
                            expected.startsWith("-") ? Long.parseLong(expected) : Long.parseUnsignedLong(expected)));
            assertThat(bound.orElseThrow()).isEqualTo(Double.parseDouble(expected));
        } else {
            assertThat(bound.orElseThrow()).isEqualTo(Double.parseDouble(expected));
        }
    }

    /** @param scale a number that errors are small against: of a mean, it is the deviation, for it may cancel to 0 */
    private static void requireClose(OptionalDouble found, String expected, double factor, String scale) {
        requireClose(found, expected, factor, scale, 0);
    }

    private static void requireClose(OptionalDouble found, String expected, double factor, String scale, double slack) {
        if (expected.equals("-")) {
            assertThat(found).isEmpty();
        } else {
            double value = Double.parseDouble(expected) * factor;
            double size = Math.max(Math.abs(value), Double.parseDouble(scale));
            assertThat(found.orElseThrow()).isCloseTo(value, within(size * 1e-12 + slack));
        }
    }

    static DType dtype(String name) {
        return DType.valueOf(name.substring(0, name.indexOf('.')));
    }

    private static Statistics statistics(String name, int times) throws IOException {
        Statistics statistics = Statistics.of(dtype(name));
        ByteBuffer elements = repeated(name, times);
        statistics.add(elements);
        assertThat(elements.hasRemaining()).isFalse();
        return statistics;
    }

    static ByteBuffer repeated(String name, int times) throws IOException {
        byte[] file = Files.readAllBytes(GOLDEN.resolve("values.safetensors"));
        int start = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong() + Long.BYTES;
        Header header = Header.wrap(Arrays.copyOf(file, start), file.length);
        TensorMeta tensor = header.find(name).orElseThrow();
        ByteBuffer all = ByteBuffer.allocateDirect(Math.toIntExact(times * tensor.byteSize()));
        for (int i = 0; i < times; i++) {
            all.put(file, (int) (header.dataStart() + tensor.offsetBegin()), (int) tensor.byteSize());
        }
        return all.flip();
    }

    @Test
    void theMeanOfManySmallPartsIsRight() {
        // Sums that are not compensated are ten units of the last place off here.
        double[] all = new Random(5).doubles(100_000).map(x -> 1e8 + x).toArray();
        BigDecimal sum = BigDecimal.ZERO;
        Statistics found = Statistics.of(DType.F64);
        ByteBuffer part = ByteBuffer.allocate(Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : all) {
            sum = sum.add(new BigDecimal(value));
            found.add(part.putDouble(0, value).clear());
        }
        double mean =
                sum.divide(new BigDecimal(all.length), MathContext.DECIMAL128).doubleValue();
        assertThat(found.mean().orElseThrow()).isCloseTo(mean, within(Math.ulp(mean)));
        // Of a uniform distribution, 1/sqrt(12).
        assertThat(found.std().orElseThrow()).isCloseTo(0.288675, within(0.001));
    }

    @Test
    void squaresBeyondADoubleAreNoNumber() {
        ByteBuffer values = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        values.putDouble(1e200).putDouble(-1e200).flip();
        Statistics found = Statistics.of(DType.F64);
        found.add(values);
        assertThat(found.max()).hasValue(1e200);
        assertThat(found.mean()).hasValue(0);
        assertThat(found.std()).isEmpty();
        assertThat(found.l2()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"F6_E2M3", "F6_E3M2"})
    void elementsOfF6AreCountedAlone(DType dtype) {
        Statistics found = Statistics.of(dtype);
        found.add(ByteBuffer.allocate(9));
        assertThat(found.count()).isEqualTo(12);
        assertThat(found.finite()).isZero();
        assertThat(found.max()).isEmpty();
        assertThat(Statistics.supports(dtype)).isFalse();
    }

    @Test
    void aPartThatEndsInsideAnElementIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Statistics.of(DType.F32).add(ByteBuffer.allocate(6)))
                .withMessage("6 bytes end inside of an element of F32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Statistics.of(DType.F32).merge(Statistics.of(DType.BF16)))
                .withMessageContaining("BF16");
    }
}
