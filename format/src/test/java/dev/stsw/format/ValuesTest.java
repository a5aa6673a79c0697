package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    private static final String LONE_SURROGATE = "a\ud83d";

    @Test
    void shapesAreEqualByTheirDimensions() {
        assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo("[2, 3]");
        assertThat(Shape.of(2, 3)).hasToString("[2, 3]");
        assertThat(Shape.of().elementCount()).isOne();
    }

    @Test
    void shapesDoNotChangeWithTheArraysAroundThem() {
        long[] dimensions = {2, 3};
        Shape shape = Shape.of(dimensions);
        dimensions[0] = 9;
        shape.toArray()[1] = 9;

        assertThat(shape).isEqualTo(Shape.of(2, 3));
    }

    @Test
    void shapesRefuseNegativeDimensions() {
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(2, -1)).withMessageContaining("[2, -1]");
    }

    @Test
    void elementsAreCountedFromTheLeftAsTheReferenceDoes() {
        assertThat(Shape.of(0, 1L << 62, 4).elementCount()).isZero();
        assertThat(Shape.of(1L << 62, 2, 0).elementCount()).isZero();
        assertThatThrownBy(() -> Shape.of(1L << 62, 4, 0).elementCount()).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void dtypesAreFoundByTheirExactName() {
        assertThat(DType.values()).hasSize(22);
        assertThat(DType.find("BF16")).hasValue(DType.BF16);
        assertThat(DType.find("bf16")).isEmpty();
        assertThat(DType.F4.byteSize(6)).isEqualTo(3);
        assertThat(DType.F6_E2M3.byteSize(4)).isEqualTo(3);
        assertThatThrownBy(() -> DType.U8.byteSize(1L << 61)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> DType.F6_E3M2.byteSize(3))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("do not end on a byte");
    }

    @Test
    void declarationsRefuseWhatNoHeaderCanHold() {
        assertThatIllegalArgumentException().isThrownBy(() -> TensorSpec.of("__metadata__", DType.U8, 1));
        for (String name : List.of(LONE_SURROGATE, "\ude00a", "\ud83d\ud83d\ude00")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> TensorSpec.of(name, DType.U8, 1))
                    .withMessageContaining("lone surrogate");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorSpec.of("w", DType.F4, 3))
                .withMessageContaining("tensor 'w', F4 [3]");
    }

    @Test
    void namesSortByTheirUtf8Bytes() {
        List<String> names = Stream.of(
                        "", "a", "a\u0000", "b", "\u00e9", "\ufffd", "\ud83d\ude00", "\ud83d\ude01", "ab")
                .sorted(Names.UTF8_ORDER)
                .toList();

        assertThat(names)
                .isEqualTo(names.stream()
                        .sorted((a, b) -> Arrays.compareUnsigned(
                                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    @Test
    void namesAreShownOnOneLineOfReadableLength() {
        assertThat(Names.quote("a\n\u001b[31m\u202eb")).isEqualTo("'a\\u000a\\u001b[31m\\u202eb'");
        assertThat(Names.quote("x".repeat(60_000))).hasSizeLessThan(300).endsWith("…'");
    }

    @Test
    void entriesRefuseOffsetsThatRunBackwards() {
        for (long[] offsets : new long[][] {{-1, 0}, {2, 1}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            new TensorMeta("w", DType.U8, Shape.of(), offsets[0], offsets[1], OptionalLong.empty()));
        }
    }

    @Test
    void headersRefuseWhatTheyCannotHold() {
        TensorSpec w = TensorSpec.of("w", DType.U8, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Header.of(List.of(w, w), null, 8, false))
                .withMessageContaining("'w' is declared twice");
        for (int alignment : new int[] {0, 4, 12, -8}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Header.of(List.of(w), null, alignment, false));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Header.of(List.of(w), Map.of("k", LONE_SURROGATE), 8, false));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Header.of(List.of(w), Map.of("k", "x".repeat(Header.MAX_JSON_BYTES)), 8, false))
                .withMessageContaining("100000000");
        TensorSpec huge = TensorSpec.of("h", DType.U8, (1L << 61) - 1);
        List<TensorSpec> five = Stream.of("a", "b", "c", "d", "e")
                .map(name -> new TensorSpec(name, huge.dtype(), huge.shape()))
                .toList();
        assertThatThrownBy(() -> Header.of(five, null, 8, false)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void headersAlignTheDataSection() throws HeaderException {
        for (int alignment = 8; alignment <= 4096; alignment *= 2) {
            Header header = Header.of(List.of(TensorSpec.of("w", DType.U8, 1)), Map.of(), alignment, true);
            assertThat(header.dataStart() % alignment).isZero();
            assertThat(Header.parse(ByteBuffer.wrap(header.toBytes()), header.dataStart() + 1)
                            .tensors())
                    .hasSize(1);
        }
    }

    @Test
    void headersAreReadFromAnyBuffer() throws HeaderException {
        Header header = Header.of(List.of(TensorSpec.of("w", DType.U8, 1)), null, 8, false);
        byte[] bytes = header.toBytes();
        byte[] shifted = new byte[bytes.length + 3];
        System.arraycopy(bytes, 0, shifted, 2, bytes.length);
        List<ByteBuffer> buffers = List.of(
                ByteBuffer.wrap(bytes),
                ByteBuffer.wrap(shifted, 2, bytes.length),
                ByteBuffer.wrap(shifted, 2, bytes.length).slice(),
                ByteBuffer.wrap(bytes).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
        for (ByteBuffer buffer : buffers) {
            assertThat(Header.parse(buffer, bytes.length + 1).find("w")).isPresent();
            assertThat(buffer.hasRemaining()).isFalse();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Header.parse(ByteBuffer.wrap(shifted, 2, bytes.length + 1), bytes.length + 1));
        assertThatThrownBy(() -> Header.parse(ByteBuffer.wrap(bytes, 0, 7), bytes.length + 1))
                .isInstanceOf(HeaderException.class);
    }

    @Test
    void headersThatWereParsedAreNotWrittenAgain() throws HeaderException {
        byte[] bytes = Header.of(List.of(), null, 8, false).toBytes();
        Header parsed = Header.parse(ByteBuffer.wrap(bytes), bytes.length);

        assertThatIllegalStateException().isThrownBy(parsed::toBytes);
    }

    @Test
    void aParsedHeaderIsNotChangedByWhatItsArrayIsUsedForNext() throws HeaderException {
        byte[] bytes = Header.of(List.of(TensorSpec.of("w", DType.U8, 1)), null, 8, false)
                .toBytes();
        Header parsed = Header.parse(ByteBuffer.wrap(bytes), bytes.length + 1);
        LegacyHeader legacy = LegacyHeader.parse(ByteBuffer.wrap(bytes), bytes.length + 1);
        Header wrapped = Header.wrap(bytes.clone(), bytes.length + 1);
        assertThat(wrapped.tensors()).isEqualTo(parsed.tensors());

        Arrays.fill(bytes, (byte) '{');

        assertThat(parsed.tensors()).extracting(TensorMeta::name).containsExactly("w");
        assertThat(parsed.find("w")).hasValue(wrapped.tensors().get(0));
        assertThat(legacy.tensors()).extracting(TensorMeta::name).containsExactly("w");
    }

    /** Digits of Arabic, Persian, Burmese and other locales are no digits to whoever looks for the file. */
    @ParameterizedTest
    @ValueSource(strings = {"ar-EG-u-nu-arab", "fa-IR", "my-MM", "tr-TR"})
    void whatIsWrittenAndSaidIsTheSameInEveryLocale(String tag) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(tag));
        try {
            assertThat(ShardIndex.shardName("model", 2, 13)).isEqualTo("model-00002-of-00013.safetensors");
            byte[] index = new ShardIndex(OptionalLong.of(7), Map.of("\u00e9\u0001", "f")).toBytes();
            assertThat(new String(index, StandardCharsets.US_ASCII))
                    .contains("\"total_size\": 7", "\"\\u00e9\\u0001\"");
            TensorMeta tensor = new TensorMeta("a\u0001", DType.F32, Shape.of(10), 0, 40, OptionalLong.empty());
            assertThat(ChecksumException.ofTensor("m", tensor, 0x15215f17L, 0xae258d63L))
                    .hasMessage("m: tensor 'a\\u0001' (bytes 0..40): CRC-32 expected 15215f17 but was ae258d63");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void aNameThatIsCutKeepsItsCharactersWhole() {
        String smile = "\ud83d\ude00";
        assertThat(Names.quote("a".repeat(199) + smile)).isEqualTo("'" + "a".repeat(199) + "…'");
        assertThat(Names.quote("a".repeat(198) + smile)).isEqualTo("'" + "a".repeat(198) + smile + "'");
        assertThat(Names.quote("a".repeat(198) + smile + "b")).isEqualTo("'" + "a".repeat(198) + smile + "…'");
        assertThat(Names.quote("a".repeat(199) + smile + "b")).endsWith("a…'");
    }

    @Test
    void checksumsMustBeAsManyAsTheTensors() {
        Header header = Header.of(List.of(TensorSpec.of("w", DType.U8, 1)), null, 8, true);
        Checksums checksums = header.checksums().orElseThrow();

        assertThatIllegalArgumentException().isThrownBy(() -> checksums.seal(header.toBytes(), new long[2]));
        assertThat(checksums.position(0)).isEqualTo(checksums.position() + 9);
        assertThatThrownBy(() -> checksums.position(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void errorsNameTheFileFirst() {
        TensorMeta tensor = new TensorMeta("wte", DType.F32, Shape.of(10), 0, 40, OptionalLong.empty());

        assertThat(ChecksumException.ofTensor("m.safetensors", tensor, 0x15215f17L, 0xae258d63L))
                .hasMessage("m.safetensors: tensor 'wte' (bytes 0..40): CRC-32 expected 15215f17 but was ae258d63");
        assertThat(new FileChangedException("m", "cut")).hasMessage("m: cut");
    }
}
