package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChecksumsTest {
    private static final List<TensorSpec> TENSORS = List.of(
            TensorSpec.of("a", DType.F32, 2, 3), TensorSpec.of("b", DType.U8, 5), TensorSpec.of("c", DType.I64));
    private static final long FILE_TAIL = 24 + 5 + 8;

    @Test
    void aHeaderSaysWhatItIs() {
        Header header = Header.of(TENSORS, null, 8, true);
        assertThat(header)
                .hasToString("header of " + TENSORS.size() + " tensors, " + header.dataStart() + " bytes, before "
                        + header.dataSize() + " bytes of data, with checksums");
        assertThat(Header.of(List.of(TensorSpec.of("a", DType.U8, 3)), null, 8, false))
                .asString()
                .startsWith("header of 1 tensor, ")
                .endsWith(" before 3 bytes of data");
    }

    @Test
    void areReadBackFromASealedHeader() throws HeaderException {
        byte[] bytes = sealed(Map.of("k", "v"));

        Header header = Header.parse(ByteBuffer.wrap(bytes), bytes.length + FILE_TAIL);

        assertThat(header.checksums())
                .hasValueSatisfying(sums -> assertThat(sums.intact()).isTrue());
        assertThat(header.tensors()).map(tensor -> tensor.crc32().orElseThrow()).containsExactly(1L, 0xffffffffL, 7L);
        assertThat(header.find("b").orElseThrow().crc32()).hasValue(0xffffffffL);
        assertThat(header.metadata()).hasValue(Map.of("k", "v"));
    }

    @Test
    void standInTheHeaderAsDocumented() {
        String json = new String(sealed(Map.of()), StandardCharsets.UTF_8).substring(8);

        assertThat(json)
                .matches("(?s)\\{\"__metadata__\":\\{\"stsw\\.crc32\":\"[0-9a-f]{8} 00000001 ffffffff 00000007\"\\}.*");
    }

    @Test
    void ofTheHeaderAreTakenOverItsPlaceholder() {
        Header header = Header.of(TENSORS, null, 8, true);
        byte[] placeholder = header.toBytes();
        CRC32 crc = new CRC32();
        crc.update(placeholder);
        byte[] bytes = sealed(null);
        int position = (int) header.checksums().orElseThrow().position();

        assertThat(new String(bytes, position, 8, StandardCharsets.US_ASCII))
                .isEqualTo(String.format(Locale.ROOT, "%08x", crc.getValue()));
    }

    @Test
    void findEveryFlippedBitOfTheHeaderOrChangeWhatATensorMustHave() {
        byte[] bytes = sealed(Map.of("key", "value"));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(isProved(flipped)).as("bit %d", bit).isFalse();
        }
        assertThat(isProved(bytes)).isTrue();
    }

    /** What verification asks of a header: it parses, and its checksum entry is there, holds, and fits the data. */
    private static boolean isProved(byte[] bytes) {
        try {
            int length = Header.jsonLength(ByteBuffer.wrap(bytes), bytes.length + FILE_TAIL);
            if (length + Header.PREFIX_BYTES > bytes.length) {
                return false; // A longer header would reach into the data.
            }
            Header header =
                    Header.parse(ByteBuffer.wrap(bytes, 0, Header.PREFIX_BYTES + length), bytes.length + FILE_TAIL);
            return header.checksums().map(Checksums::intact).orElse(false)
                    && header.tensors().stream()
                            .map(tensor -> tensor.crc32().orElseThrow())
                            .toList()
                            .equals(List.of(1L, 0xffffffffL, 7L));
        } catch (HeaderException e) {
            return false;
        }
    }

    @Test
    void thatAreMalformedAreAProblemButNoReasonToReject() throws HeaderException {
        for (String value : List.of("", "xyz", "0000000", "00000000 00000000", "00000000 00000000 00000000 0000000A")) {
            String json = "{\"__metadata__\":{\"stsw.crc32\":\"" + value
                    + "\"},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                    + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
                    + "\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}";
            byte[] bytes = new byte[8 + json.length()];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length())
                    .put(json.getBytes(StandardCharsets.US_ASCII));

            Header header = Header.parse(ByteBuffer.wrap(bytes), bytes.length + 3);

            Checksums sums = header.checksums().orElseThrow();
            assertThat(sums.intact()).isFalse();
            assertThat(sums.problem()).isNotEmpty();
            assertThat(header.find("a").orElseThrow().crc32()).isEmpty();
        }
    }

    @Test
    void cannotBeForgedThroughTheMetadata() {
        assertThatThrownBy(() -> Header.of(TENSORS, Map.of(Checksums.KEY, "x"), 8, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reserved");
    }

    @Test
    void combineLikeTheCrcOfTheJoinedBytes() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            byte[] bytes = new byte[random.nextInt(3000)];
            random.nextBytes(bytes);
            int cut = random.nextInt(bytes.length + 1);

            long combined =
                    Checksums.combine(crc(bytes, 0, cut), crc(bytes, cut, bytes.length - cut), bytes.length - cut);

            assertThat(combined).isEqualTo(crc(bytes, 0, bytes.length));
        }
    }

    @Test
    void combineOverGigabytes() {
        byte[] zeros = new byte[1 << 20];
        CRC32 whole = new CRC32();
        whole.update(42);
        for (int i = 0; i < 3000; i++) {
            whole.update(zeros);
        }
        CRC32 second = new CRC32();
        for (int i = 0; i < 3000; i++) {
            second.update(zeros);
        }
        CRC32 first = new CRC32();
        first.update(42);

        assertThat(Checksums.combine(first.getValue(), second.getValue(), 3000L << 20))
                .isEqualTo(whole.getValue());
    }

    private static long crc(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return crc.getValue();
    }

    private static byte[] sealed(@Nullable Map<String, String> metadata) {
        Header header = Header.of(TENSORS, metadata, 8, true);
        byte[] bytes = header.toBytes();
        header.checksums().orElseThrow().seal(bytes, new long[] {1, 0xffffffffL, 7});
        return bytes;
    }
}
