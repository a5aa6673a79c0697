package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A header that ends too early, at any byte, or has any byte changed, is refused or read; nothing else happens. */
class CutHeaderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"__metadata__\":{\"a\\n\":\"b\\ud83d\\ude00c\"},\"w\\u0041\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}",
                "{ \"w\" : { \"dtype\" : \"F32\" , \"shape\" : [ 2 ] , \"data_offsets\" : [ 0 , 8 ] , \"x\" : [ -1.5e+3 , 0.25E-1 , 10 ] } }",
                "{\"w\":{\"x\":{\"a\":[true,false,null,{}],\"b\":[],\"c\":-0},\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
            })
    void neverGetsFurtherThanAnError(String json) throws HeaderException {
        byte[] whole = json.getBytes(StandardCharsets.UTF_8);
        assertThat(parse(whole).tensors()).hasSize(1);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> parse(cut)).as("%d bytes", length).isInstanceOf(HeaderException.class);
        }
        Random random = new Random(3);
        for (int round = 0; round < 20_000; round++) {
            byte[] changed = whole.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                changed[random.nextInt(changed.length)] =
                        (byte) "{}[]\",:\\0123456789-+.eEtfnuabx \n\0\u00ff".charAt(random.nextInt(33));
            }
            try {
                parse(changed)
                        .tensors()
                        .forEach(tensor -> assertThat(tensor.byteSize()).isBetween(0L, 8L));
            } catch (HeaderException e) {
                assertThat(e.problem()).isNotBlank();
            }
        }
    }

    private static Header parse(byte[] json) throws HeaderException {
        ByteBuffer header = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(json.length).put(json).flip();
        return Header.parse(header, header.limit() + 8);
    }
}
