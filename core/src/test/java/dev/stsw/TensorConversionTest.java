package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Values convert as torch converts them, bit for bit.
class TensorConversionTest {
    @Test
    void sixteenBitTypesWidenAsTorchWidensThem() throws IOException {
        for (String[] row : Golden.rows("conversions/widening.tsv")) {
            DType dtype = DType.find(row[0]).orElseThrow();
            short[] patterns = patterns(dtype, row[1].equals("all"));
            assertThat(patterns).hasSize(Integer.parseInt(row[2]));
            Tensor tensor = Tensor.of(
                    dtype, Shape.of(patterns.length), Tensor.of(patterns).data());
            assertThat(Golden.sha256(littleEndian(tensor.toFloatArray()))).isEqualTo(row[3]);
        }
    }

    private static short[] patterns(DType dtype, boolean nan) {
        short[] patterns = new short[1 << 16];
        int count = 0;
        for (int pattern = 0; pattern < 1 << 16; pattern++) {
            int magnitude = pattern & 0x7fff;
            if (nan || magnitude <= (dtype == DType.BF16 ? 0x7f80 : 0x7c00)) {
                patterns[count++] = (short) pattern;
            }
        }
        return Arrays.copyOf(patterns, count);
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    @Test
    void eightBitTypesWidenAsTorchWidensThem() throws IOException {
        List<String[]> rows = Golden.rows("conversions/widening8.tsv");
        assertThat(rows).hasSizeGreaterThanOrEqualTo(5 * 256);
        for (String[] row : rows) {
            byte[] code = {(byte) Integer.parseInt(row[1], 16)};
            Tensor tensor = Tensor.of(DType.find(row[0]).orElseThrow(), Shape.of(1), MemorySegment.ofArray(code));
            assertThat(bits(tensor.toFloatArray()[0]))
                    .as("%s %s", row[0], row[1])
                    .isEqualTo(row[2]);
            assertThat(bits(tensor.getFloat(0))).isEqualTo(row[2]);
            assertThat(bits((float) tensor.getDouble(0))).isEqualTo(row[2]);
        }
    }

    @Test
    void floatsNarrowAsTorchNarrowsThem() throws IOException {
        for (String[] row : Golden.rows("conversions/narrowing.tsv")) {
            float value = Float.intBitsToFloat(Integer.parseUnsignedInt(row[0], 16));
            assertThat(narrow(DType.BF16, value)).as(row[0] + " to BF16").isEqualTo(row[1]);
            assertThat(narrow(DType.F16, value)).as(row[0] + " to F16").isEqualTo(row[2]);
        }
    }

    @Test
    void doublesNarrowTwiceAsTorchDoes() throws IOException {
        for (String[] row : Golden.rows("conversions/narrowing64.tsv")) {
            double value = Double.longBitsToDouble(Long.parseUnsignedLong(row[0], 16));
            float once = Tensor.of(new double[] {value}).getFloat(0);
            assertThat(bits(once)).as(row[0] + " to F32").isEqualTo(row[1]);
            assertThat(narrow(DType.BF16, once)).as(row[0] + " to BF16").isEqualTo(row[2]);
            assertThat(narrow(DType.F16, once)).as(row[0] + " to F16").isEqualTo(row[3]);
        }
    }

    private static String bits(float value) {
        return Float.isNaN(value) ? "nan" : String.format(Locale.ROOT, "%08x", Float.floatToRawIntBits(value));
    }

    private static String narrow(DType dtype, float value) {
        Tensor tensor = Tensor.of(dtype, new float[] {value});
        if (Float.isNaN(tensor.getFloat(0))) {
            return "nan";
        }
        byte[] bytes = tensor.toByteArray();
        return String.format(Locale.ROOT, "%02x%02x", bytes[1], bytes[0]);
    }

    @ParameterizedTest
    @EnumSource(names = {"F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "BF16", "F16"})
    void everyValueOfANarrowTypeSurvivesTheWayThroughFloat(DType dtype) {
        byte[] codes = new byte[1 << 16 << 1];
        for (int i = 0; i < 1 << 16; i++) {
            codes[2 * i] = (byte) i;
            codes[2 * i + 1] = (byte) (i >> 8);
        }
        int elements = codes.length * 8 / dtype.bits();
        Tensor all = Tensor.of(dtype, Shape.of(elements), MemorySegment.ofArray(codes));
        float[] values = all.toFloatArray();
        Tensor back = Tensor.of(dtype, values);
        float[] again = back.toFloatArray();
        byte[] bytes = back.toByteArray();
        int width = dtype.bits() / 8;
        for (int i = 0; i < elements; i++) {
            if (Float.isNaN(values[i])) {
                assertThat(again[i]).isNaN();
            } else {
                assertThat(Arrays.equals(bytes, i * width, (i + 1) * width, codes, i * width, (i + 1) * width))
                        .as("%s element %d = %s", dtype, i, values[i])
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F8_E5M2", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "BF16", "F16"})
    void whatLiesBetweenTwoValuesGoesToTheNearerAndTiesToTheEvenCode(DType dtype) {
        int codes = dtype.bits() == 8 ? 0x7f : 0x7fff;
        for (int code = 0; code < codes; code++) {
            float low = valueOf(dtype, code);
            float high = valueOf(dtype, code + 1);
            if (!Float.isFinite(low) || !Float.isFinite(high)) {
                continue;
            }
            float middle = low / 2 + high / 2;
            int even = code + (code & 1);
            assertThat(codeOf(dtype, middle)).isEqualTo(even);
            assertThat(codeOf(dtype, Math.nextDown(middle))).isEqualTo(code);
            assertThat(codeOf(dtype, Math.nextUp(middle))).isEqualTo(code + 1);
        }
    }

    private static float valueOf(DType dtype, int code) {
        byte[] bytes = {(byte) code, (byte) (code >> 8)};
        MemorySegment memory = MemorySegment.ofArray(bytes).asSlice(0, dtype.bits() / 8);
        return Tensor.of(dtype, Shape.of(), memory).getFloat();
    }

    private static int codeOf(DType dtype, float value) {
        byte[] bytes = Tensor.of(dtype, new float[] {value}).toByteArray();
        return (bytes[0] & 0xff) | (bytes.length > 1 ? (bytes[1] & 0xff) << 8 : 0);
    }

    @Test
    void whatIsTooLargeBecomesInfiniteOrNaNOrTheLargest() {
        float[] large = {1e30f, -1e30f, Float.POSITIVE_INFINITY, Float.NaN};
        assertThat(Tensor.of(DType.F8_E4M3, large).toByteArray())
                .inHexadecimal()
                .containsExactly(0x7e, 0xfe, 0x7e, 0x7f);
        assertThat(Tensor.of(DType.F8_E5M2, large).toByteArray())
                .inHexadecimal()
                .containsExactly(0x7c, 0xfc, 0x7c, 0x7f);
        for (DType dtype : List.of(DType.F8_E4M3FNUZ, DType.F8_E5M2FNUZ)) {
            assertThat(Tensor.of(dtype, large).toByteArray()).inHexadecimal().containsExactly(0x80, 0x80, 0x80, 0x80);
        }
        assertThat(Tensor.of(DType.F8_E8M0, large).toByteArray())
                .inHexadecimal()
                .containsExactly(0xe3, 0xe3, 0xff, 0xff);
    }

    @Test
    void fourBitFloatsComeLowHalfFirst() {
        Tensor tensor = Tensor.of(DType.F4, Shape.of(2, 2), MemorySegment.ofArray(new byte[] {0x21, (byte) 0xf7}));
        assertThat(tensor.toFloatArray()).containsExactly(0.5f, 1f, 6f, -6f);
        assertThat(tensor.getFloat(1, 1)).isEqualTo(-6f);
        Tensor column = tensor.select(1, 1);
        assertThat(column.toFloatArray()).containsExactly(1f, -6f);
        assertThat(column.toByteArray()).inHexadecimal().containsExactly(0xf2);
    }

    @Test
    void integersReadAsTheyAre() {
        MemorySegment ones = MemorySegment.ofArray(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1});
        assertThat(Tensor.of(DType.U8, Shape.of(8), ones).toLongArray()).containsOnly(255);
        assertThat(Tensor.of(DType.I8, Shape.of(8), ones).toIntArray()).containsOnly(-1);
        assertThat(Tensor.of(DType.U16, Shape.of(4), ones).toFloatArray()).containsOnly(65535f);
        assertThat(Tensor.of(DType.I16, Shape.of(4), ones).toDoubleArray()).containsOnly(-1d);
        assertThat(Tensor.of(DType.U32, Shape.of(2), ones).toLongArray()).containsOnly(0xffffffffL);
        assertThat(Tensor.of(DType.U64, Shape.of(), ones).getLong()).isEqualTo(-1);
        assertThat(Tensor.of(DType.U64, Shape.of(), ones).getDouble()).isEqualTo(0x1p64);
        assertThat(Tensor.of(DType.U64, Shape.of(), ones).getFloat()).isEqualTo(0x1p64f);
        assertThat(Tensor.of(DType.BOOL, Shape.of(8), ones).toBooleanArray()).containsOnly(true);
        assertThatThrownBy(() -> Tensor.of(DType.U64, Shape.of(), ones).getInt())
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("18446744073709551615");
        assertThatThrownBy(() -> Tensor.of(DType.U32, Shape.of(2), ones).toIntArray())
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void largeUnsignedLongsAreRoundedOnce() {
        // 2^63 + 2^39 + 1 lies just above the middle of two floats, which halving without a sticky bit would lose.
        Tensor tensor = Tensor.of(
                DType.U64,
                Shape.of(),
                Tensor.of(new long[] {Long.MIN_VALUE + (1L << 39) + 1}).data());
        assertThat(tensor.getFloat()).isEqualTo(Math.nextUp(0x1p63f));
    }

    @Test
    void sixBitFloatsAreThoseOfTheReferencePackedFromTheLowestBit() throws IOException {
        List<String[]> rows = Golden.rows("conversions/widening6.tsv");
        assertThat(rows).hasSize(2 * 64);
        for (String[] row : rows) {
            DType dtype = DType.find(row[0]).orElseThrow();
            int code = Integer.parseInt(row[1], 16);
            // The code itself, and three others around it, at each of the four places in three bytes.
            for (int place = 0; place < 4; place++) {
                int packed = (0x29a5c3 & ~(0x3f << (6 * place))) | (code << (6 * place));
                byte[] bytes = {(byte) packed, (byte) (packed >> 8), (byte) (packed >> 16)};
                Tensor tensor = Tensor.raw(dtype, bytes);
                assertThat(bits(tensor.getFloat(place)))
                        .as("%s %s", row[0], row[1])
                        .isEqualTo(row[2]);
                assertThat(bits(tensor.toFloatArray()[place])).isEqualTo(row[2]);
                assertThat(bits((float) tensor.slice(0, place, 4).toDoubleArray()[0]))
                        .isEqualTo(row[2]);
            }
        }
    }

    @Test
    void complexNumbersArePairs() {
        Tensor complex = Tensor.complex(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2);
        assertThat(complex.dtype()).isEqualTo(DType.C64);
        assertThat(complex.viewAsReal().shape()).isEqualTo(Shape.of(2, 2, 2));
        assertThat(complex.viewAsReal().toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(complex.transpose().viewAsReal().select(2, 1).toFloatArray()).containsExactly(2, 6, 4, 8);
        assertThatThrownBy(() -> Tensor.of(new float[2]).viewAsReal())
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> Tensor.complex(new float[3])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyDtypeHasScalarsButThoseBelowAByte() {
        for (DType dtype : DType.values()) {
            if (dtype.bits() < 8) {
                assertThatThrownBy(() -> Tensor.scalar(dtype, 1)).isInstanceOf(UnsupportedOperationException.class);
                continue;
            }
            for (Tensor one : List.of(Tensor.scalar(dtype, 1), Tensor.scalar(dtype, 1.0))) {
                assertThat(one.shape()).isEqualTo(Shape.of());
                assertThat(one.dtype()).isEqualTo(dtype);
                assertThat(dtype == DType.C64 ? one.viewAsReal().getDouble(0) : one.getDouble())
                        .isEqualTo(1);
            }
        }
        assertThat(Tensor.scalar(DType.F64, 0.1).getDouble()).isEqualTo(0.1);
        assertThat(Tensor.scalar(DType.U64, -1L).getDouble()).isEqualTo(0x1p64);
        assertThatThrownBy(() -> Tensor.scalar(DType.I8, 128)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Tensor.scalar(DType.U8, -1)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Tensor.scalar(DType.I64, 0x1p63)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Tensor.scalar(DType.I32, 0.5)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void integersOfEveryWidthComeFromLongsInTheirRange() {
        assertThat(Tensor.of(DType.U8, new long[] {0, 255}).toIntArray()).containsExactly(0, 255);
        assertThat(Tensor.of(DType.U16, new long[] {65535}, 1, 1).toIntArray()).containsExactly(65535);
        assertThat(Tensor.of(DType.U32, new long[] {4294967295L}).toLongArray()).containsExactly(4294967295L);
        assertThat(Tensor.of(DType.I8, new long[] {-128}).toIntArray()).containsExactly(-128);
        assertThat(Tensor.of(DType.I16, new long[] {-32768}).toIntArray()).containsExactly(-32768);
        assertThatThrownBy(() -> Tensor.of(DType.U16, new long[] {65536}))
                .isInstanceOf(ArithmeticException.class)
                .hasMessage("65536 is no U16");
        assertThatThrownBy(() -> Tensor.of(DType.BOOL, new long[] {2})).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Tensor.of(DType.F32, new long[] {2}))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void rawElementsComeFromArraysOfTheirWidth() {
        assertThat(Tensor.raw(DType.BF16, new short[] {0x3f80, 0x4000}).toFloatArray())
                .containsExactly(1, 2);
        assertThat(Tensor.raw(DType.F32, new int[] {0x3f800000}).getFloat(0)).isEqualTo(1);
        assertThat(Tensor.raw(DType.F64, new long[] {0x3ff0000000000000L}).getDouble(0))
                .isEqualTo(1);
        assertThat(Tensor.raw(DType.F4, new byte[] {0x21}).toFloatArray()).containsExactly(0.5f, 1);
        assertThatThrownBy(() -> Tensor.raw(DType.F32, new short[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F32 have 32 bits, those of the array 16");
        assertThatThrownBy(() -> Tensor.raw(DType.F6_E2M3, new byte[2])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tensor.raw(DType.F32, new byte[8], 3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatHasNoValuesOfThatKindSaysSo() {
        Tensor complex = Tensor.of(DType.C64, Shape.of(), MemorySegment.ofArray(new byte[8]));
        assertThatThrownBy(complex::getFloat)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("pairs of F32");
        assertThatThrownBy(() -> Tensor.of(new float[1]).toLongArray())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("F32 values cannot be read as integers");
        assertThatThrownBy(() -> Tensor.of(DType.F4, new float[2])).isInstanceOf(UnsupportedOperationException.class);
    }
}
