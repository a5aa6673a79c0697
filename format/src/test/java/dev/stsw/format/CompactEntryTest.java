package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the quick reader of compact entries makes of them is what the reader of any form makes of them. */
class CompactEntryTest {
    private static final String COMPACT = "{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                COMPACT,
                "{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[0,2]}",
                "{\"dtype\":\"F8_E5M2FNUZ\",\"shape\":[1,1,1,1,1,1,1,1,24],\"data_offsets\":[0,24]}",
                "{\"dtype\":\"U8\",\"shape\":[0,999999999999999999],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[0,9223372036854775807],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[0,9223372036854775808],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[0,18446744073709551617],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[00],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[0.0],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[1,],\"data_offsets\":[0,1]}",
                "{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[3,0]}",
                "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":1}",
                "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"shape\":[1]}"
            })
    void readsLikeAnyOther(String entry) {
        assertSame(entry);
        for (int length = 0; length < entry.length(); length++) {
            assertSame(entry.substring(0, length));
        }
    }

    @Test
    void andSoItDoesWithAnyCharactersChanged() {
        Random random = new Random(11);
        for (int round = 0; round < 50_000; round++) {
            StringBuilder entry = new StringBuilder(COMPACT);
            for (int i = random.nextInt(2); i >= 0; i--) {
                String with = "{}[]\",:\\0123456789-.etuU8F fBIdshap_ \n\u00ff";
                entry.setCharAt(random.nextInt(entry.length()), with.charAt(random.nextInt(with.length())));
            }
            assertSame(entry.toString());
        }
    }

    @Test
    void understandsEveryDtype() {
        for (DType dtype : DType.values()) {
            byte[] entry = COMPACT.replace("F32", dtype.name()).getBytes(StandardCharsets.ISO_8859_1);
            TensorEntry read = new TensorEntry();
            assertThat(new CompactEntry(entry, read).read(0)).isEqualTo(entry.length);
            assertThat(read.dtype).isEqualTo(dtype);
        }
    }

    /** A space before the entry is enough to hide it from the quick reader. */
    private static void assertSame(String entry) {
        for (String follows : List.of("}", ",\"x\":" + COMPACT + "}")) {
            assertThat(outcome("{\"w\":" + entry + follows)).as(entry).isEqualTo(outcome("{\"w\": " + entry + follows));
        }
    }

    private static Object outcome(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer file = ByteBuffer.allocate(8 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(bytes.length).put(bytes).flip();
        try {
            Header header = Header.parse(file, file.limit() + 24L);
            return Stream.concat(header.tensors().stream(), header.names().stream())
                    .toList();
        } catch (HeaderException e) {
            return e.fault();
        }
    }
}
