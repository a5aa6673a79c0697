package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.CastCounts;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Casting gives torch's bits, and counts what it loses.
class CastTest {
    private static final List<DType> TARGETS = List.of(
            DType.F64,
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.F8_E5M2,
            DType.F8_E4M3,
            DType.F8_E8M0,
            DType.F8_E4M3FNUZ,
            DType.F8_E5M2FNUZ);

    @Test
    void everyCastIsTorchsBitForBit() throws IOException {
        List<String[]> rows = Golden.rows("conversions/casting.tsv");
        assertThat(rows).hasSize(TARGETS.size() * (TARGETS.size() - 1));
        for (String[] row : rows) {
            DType from = DType.find(row[0]).orElseThrow();
            DType to = DType.find(row[1]).orElseThrow();
            byte[] input = inputs(from);
            assertThat(Golden.sha256(input)).as("inputs of " + from).isEqualTo(row[3]);
            byte[] output = cast(tensor(from, input), to, new ArrayList<>());
            assertThat(output).hasSize(Integer.parseInt(row[2]) * to.bits() / 8);
            assertThat(Golden.sha256(withOneNan(to, output)))
                    .as(from + " to " + to)
                    .isEqualTo(row[4]);
        }
    }

    @Test
    void whatIsLostIsCounted() throws IOException {
        for (DType from : TARGETS) {
            Tensor tensor = tensor(from, from.bits() > 16 ? sample(inputs(from), from.bits() / 8) : inputs(from));
            double[] before = tensor.toDoubleArray();
            for (DType to : TARGETS) {
                if (to != from) {
                    List<CastCounts> told = new ArrayList<>();
                    double[] after = tensor(to, cast(tensor, to, told)).toDoubleArray();
                    assertThat(told).singleElement().hasToString(expected(from, to, before, after));
                }
            }
        }
    }

    private static String expected(DType from, DType to, double[] before, double[] after) {
        long infinite = 0;
        long saturated = 0;
        long nan = 0;
        long zero = 0;
        long unsigned = 0;
        double limit = to == DType.F8_E4M3 ? 464 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < before.length; i++) {
            double magnitude = Math.abs((double) (float) before[i]);
            if (Double.isInfinite(after[i]) && Double.isFinite(before[i])) {
                infinite++;
            } else if (magnitude > limit || (to == DType.F8_E8M0 && magnitude < 0x1p-128)) {
                saturated++;
            } else if (Double.isNaN(after[i]) && !Double.isNaN(before[i])) {
                nan++;
            } else if (after[i] == 0 && before[i] != 0) {
                zero++;
            } else if (before[i] < 0 && after[i] > 0) {
                unsigned++;
            }
        }
        return String.format(
                Locale.ROOT,
                "'a' %s to %s: infinite %d, saturated %d, NaN %d, zero %d, unsigned %d",
                from,
                to,
                infinite,
                saturated,
                nan,
                zero,
                unsigned);
    }

    @Test
    void onlyOneValueOfManyIsFoundWhereverItStands() throws IOException {
        for (DType to : List.of(DType.F16, DType.BF16, DType.F8_E4M3)) {
            for (int length : new int[] {1, 2, 3, 2047, 2048, 2049, 8191, 8192, 20_000}) {
                for (int at : new int[] {0, length / 2, length - 1}) {
                    float[] values = new float[length];
                    Arrays.fill(values, 1.5f);
                    values[at] = Float.MAX_VALUE;
                    assertThat(told(values, to)).contains(to == DType.F8_E4M3 ? "saturated 1" : "infinite 1");
                    values[at] = -Float.MIN_VALUE;
                    assertThat(told(values, to)).contains("zero 1");
                    values[at] = -0f;
                    assertThat(told(values, to)).contains("infinite 0, saturated 0, NaN 0, zero 0");
                    values[at] = Float.NaN;
                    assertThat(told(values, to)).contains("infinite 0, saturated 0, NaN 0, zero 0");
                }
            }
        }
    }

    private static String told(float[] values, DType to) throws IOException {
        List<CastCounts> told = new ArrayList<>();
        cast(Tensor.of(values), to, told);
        assertThat(told).hasSize(1);
        assertThat(told.get(0).isOrdinary()).isEqualTo(!told.get(0).toString().contains(" 1"));
        return told.get(0).toString();
    }

    @Test
    void nanDoesNotSpoilItsNeighbour() throws IOException {
        float nan = Float.intBitsToFloat(-1);
        byte[] bytes = cast(Tensor.of(new float[] {nan, 1, 1, nan}), DType.BF16, new ArrayList<>());
        assertThat(bytes).inHexadecimal().containsExactly(0xc0, 0x7f, 0x80, 0x3f, 0x80, 0x3f, 0xc0, 0x7f);
    }

    @Test
    void fourBitFloatsAreWidenedAndSixBitOnesStay() throws IOException {
        byte[] codes = {0x10, 0x32, 0x54, 0x76, (byte) 0x98, (byte) 0xba, (byte) 0xdc, (byte) 0xfe};
        Tensor four = Tensor.of(DType.F4, Shape.of(4, 4), MemorySegment.ofArray(codes));
        Tensor six = Tensor.of(DType.F6_E3M2, Shape.of(4), MemorySegment.ofArray(new byte[] {1, 2, 3}));
        TensorSource source = TensorSources.cast(Tensors.source(Map.of("four", four)), DType.F32);
        assertThat(source.tensors()).singleElement().hasToString("TensorSpec[name=four, dtype=F32, shape=[4, 4]]");
        Tensor wide = tensor(DType.F32, cast(four, DType.F32, new ArrayList<>()));
        assertThat(wide.toFloatArray())
                .containsExactly(0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6);
        assertThat(cast(six, DType.F32, new ArrayList<>())).containsExactly(1, 2, 3);
    }

    private static Tensor tensor(DType dtype, byte[] bytes) {
        return Tensor.of(dtype, Shape.of(bytes.length * 8L / dtype.bits()), MemorySegment.ofArray(bytes));
    }

    private static byte[] cast(Tensor tensor, DType to, List<CastCounts> told) throws IOException {
        TensorSource source = TensorSources.cast(Tensors.source(Map.of("a", tensor)), to, told::add);
        ByteBuffer all = ByteBuffer.allocate((int) source.tensors().get(0).byteSize());
        try (ReadableByteChannel bytes = source.open("a")) {
            while (all.hasRemaining() && bytes.read(all) >= 0) {}
        }
        return all.array();
    }

    /// As the script that made the golden file: all ones for each NaN of more than 8 bits.
    private static byte[] withOneNan(DType dtype, byte[] bytes) {
        int width = dtype.bits() / 8;
        if (width == 1) {
            return bytes;
        }
        double[] values = tensor(dtype, bytes).toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                Arrays.fill(bytes, i * width, (i + 1) * width, (byte) -1);
            }
        }
        return bytes;
    }

    /// What the script feeds to torch.
    private static byte[] inputs(DType dtype) {
        return switch (dtype) {
            case F64 -> dense64();
            case F32 -> dense32();
            case F16, BF16 -> {
                ByteBuffer bytes = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);
                IntStream.range(0, 1 << 16).forEach(pattern -> bytes.putShort((short) pattern));
                yield bytes.array();
            }
            default -> {
                byte[] codes = new byte[256];
                for (int code = 0; code < codes.length; code++) {
                    codes[code] = (byte) code;
                }
                yield codes;
            }
        };
    }

    /// Every ninth element: all are too many to be looked at twice.
    private static byte[] sample(byte[] all, int width) {
        byte[] some = new byte[all.length / width / 9 * width];
        for (int i = 0; i < some.length / width; i++) {
            System.arraycopy(all, 9 * i * width, some, i * width, width);
        }
        return some;
    }

    private static byte[] dense32() {
        ByteBuffer bytes = ByteBuffer.allocate(12 << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (int multiple = 0; multiple < 1 << 20; multiple++) {
            for (int offset = -1; offset <= 1; offset++) {
                bytes.putInt((multiple << 12) + offset);
            }
        }
        return bytes.array();
    }

    private static byte[] dense64() {
        int[] exponents = IntStream.of(0, 1, 500).toArray();
        exponents = join(exponents, IntStream.range(870, 900).toArray());
        exponents = join(exponents, IntStream.range(990, 1045).toArray());
        exponents = join(exponents, IntStream.range(1148, 1153).toArray());
        exponents = join(exponents, new int[] {1500, 2046, 2047});
        long[] offsets = {-(1 << 28) - 1, -(1 << 28), -1, 0, 1, 1 << 28, (1 << 28) + 1};
        ByteBuffer bytes = ByteBuffer.allocate((2 * 8 * offsets.length * exponents.length) << 11)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long sign : new long[] {0, Long.MIN_VALUE}) {
            for (long exponent : exponents) {
                for (long multiple = 0; multiple < 1 << 11; multiple++) {
                    for (long offset : offsets) {
                        bytes.putLong(((exponent << 52) + (multiple << 41) + offset) | sign);
                    }
                }
            }
        }
        return bytes.array();
    }

    private static int[] join(int[] one, int[] two) {
        return IntStream.concat(IntStream.of(one), IntStream.of(two)).toArray();
    }
}
