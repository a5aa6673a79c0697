package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that the Python original really wrote, in both of its 1.0.0 editions. */
class LegacyHeaderTest {
    static Stream<String> files() {
        return Stream.of("release", "repository")
                .flatMap(edition -> Golden.rows("legacy/" + edition + "/legacy.tsv").stream()
                        .map(row -> "legacy/" + edition + "/" + row[0])
                        .distinct());
    }

    @ParameterizedTest
    @MethodSource("files")
    void areReadAsTheOriginalWroteThem(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(Golden.path(file));
        String state = rows(file, "file").get(0)[2];
        assertThatThrownBy(() -> Golden.parse(bytes)).isInstanceOf(HeaderException.class);
        if (state.equals("overrun") || state.equals("incomplete-cut")) {
            assertThatThrownBy(() -> parse(bytes)).isInstanceOf(HeaderException.class);
            return;
        }

        LegacyHeader header = parse(bytes);

        List<TensorMeta> expected = new ArrayList<>();
        for (String[] row : rows(file, "tensor")) {
            expected.add(new TensorMeta(
                    Golden.text(row[2]),
                    DType.valueOf(row[3]),
                    Golden.shape(row[4]),
                    Long.parseLong(row[5]),
                    Long.parseLong(row[6]),
                    row[7].equals("-") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(row[7], 16))));
        }
        assertThat(header.tensors()).isEqualTo(expected);
        assertThat(header.versioned()).isTrue();
        assertThat(header.incomplete()).isEqualTo(state.startsWith("incomplete"));
        assertThat(header.metadata()).hasSameSizeAs(rows(file, "metadata"));
        for (String[] row : rows(file, "metadata")) {
            String value = Golden.text(row[3]);
            String text = value.startsWith("\"")
                    ? Golden.text(value.substring(1, value.length() - 1))
                    : value.replace(" ", "");
            assertThat(header.metadata()).containsEntry(Golden.text(row[2]), text);
        }
    }

    @Test
    void isNotFooledByOddValuesOfItsKeys() throws HeaderException {
        String json =
                "{\"__incomplete__\":false,\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2],\"crc32\":null,\"y\":1},"
                        + "\"_incomplete_ish\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[4,5],\"crc32\":7}}";
        byte[] file = new byte[8 + json.length() + 6];
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length())
                .put(json.getBytes(StandardCharsets.US_ASCII));

        LegacyHeader header = parse(file);

        assertThat(header.incomplete()).isFalse();
        assertThat(header.versioned()).isFalse();
        assertThat(header.unusedBytes()).isEqualTo(4);
        assertThat(header.tensors()).map(TensorMeta::crc32).containsExactly(OptionalLong.empty(), OptionalLong.of(7));
    }

    private static LegacyHeader parse(byte[] file) throws HeaderException {
        int length = Header.jsonLength(ByteBuffer.wrap(file), file.length);
        return LegacyHeader.parse(ByteBuffer.wrap(file, 0, Header.PREFIX_BYTES + length), file.length);
    }

    private static List<String[]> rows(String file, String kind) {
        int slash = file.lastIndexOf('/');
        return Golden.rows(file.substring(0, slash) + "/legacy.tsv").stream()
                .filter(row -> row[0].equals(file.substring(slash + 1)) && row[1].equals(kind))
                .toList();
    }
}
