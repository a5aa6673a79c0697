package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.HeaderException.Fault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is said of bad headers. */
class HeaderFaultTest {
    @Test
    void isNamedForWhatItIs() {
        assertFault(Fault.GIT_LFS_POINTER, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n");
        assertFault(Fault.HTML_PAGE, "<!DOCTYPE html><html><head>");
        assertFault(Fault.HTML_PAGE, "\n\n  <html>");
        assertFault(Fault.OTHER_FORMAT, "PK\3\4\24\0\0\0\0\0");
        assertFault(Fault.OTHER_FORMAT, "GGUF\3\0\0\0\0\0");
        assertFault(Fault.OTHER_FORMAT, "{\"metadata\": {}}");
        assertFault(Fault.TRUNCATED, "");
        assertFault(Fault.TRUNCATED, "\7\0\0");
        assertFault(Fault.OTHER_FORMAT, "abcdefghij");
        assertFault(Fault.TOO_LARGE, "abc\1\2\3defghij");
    }

    @Test
    void saysWhereWhatWasExpectedAndWhatWasFound() {
        assertProblem(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
                12,
                Fault.HOLE,
                "tensor 'w' (header byte 9; F32 [2], bytes 4..12): expected to begin at 0, so bytes 0..4 belong to no tensor");
        assertProblem(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}}",
                7,
                Fault.WRONG_SIZE,
                "tensor 'w' (header byte 9; F32 [2], bytes 0..7): its dtype and shape make 8 bytes, its offsets 7");
        assertProblem(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                7,
                Fault.TRUNCATED,
                "tensor 'w' (header byte 9; F32 [2], bytes 0..8): the file is truncated: it should have 70 bytes and has 69");
        assertProblem(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                9,
                Fault.NOT_COVERED,
                "the tensors cover bytes 0..8 of the data section, which has 9: the last 1 belong to none");
        assertProblem(
                "{\"w\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                8,
                Fault.UNKNOWN_DTYPE,
                "dtype of tensor 'w' at byte 22: expected a dtype of safetensors 0.8.0 but found 'F33'");
        assertProblem(
                "{\"w\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}",
                1,
                Fault.BAD_SHAPE,
                "tensor 'w' (header byte 9; F4 [3], bytes 0..1): 3 elements of F4 do not end on a byte");
        assertProblem(
                "{\"w\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}",
                1,
                Fault.MALFORMED,
                "shape of tensor 'w' at byte 36: expected an integer from 0 to 2^63-1 but found '1.0'");
    }

    @Test
    void saysWhereTheTextIsNoJson() {
        String nested = "{\"a\":{\"x\":" + "[".repeat(126);
        assertProblem(
                nested, 0, Fault.NOT_JSON, "header at byte 143: expected at most 127 nested brackets but found '['");
        assertProblem(
                "{\"abc",
                0,
                Fault.NOT_JSON,
                "header at byte 13: expected the end of the string that begins at byte 9 but found the end of the header");
        assertProblem(
                "{\"a\":{\"dtype\":\"F",
                0,
                Fault.NOT_JSON,
                "header at byte 24: expected the end of the string that begins at byte 22 but found the end of the header");
    }

    @Test
    void theEncodingIsCheckedToTheEnd() {
        byte[] header = bytes("{\"é" + "x".repeat(20_000) + "\u00ff", 0);
        int last = header.length - 1;
        header[last] = (byte) 0xff;
        assertThatThrownBy(() -> Header.parse(ByteBuffer.wrap(header), header.length))
                .isInstanceOfSatisfying(
                        HeaderException.class, e -> assertThat(e.fault()).isEqualTo(Fault.NOT_UTF8));
    }

    @Test
    void bracketsSideBySideAreNotNested() throws HeaderException {
        byte[] header = bytes(
                "{\"a\":{\"x\":[[]" + ",[],{\"y\":{}}".repeat(500)
                        + "],\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                0);
        assertThat(Header.parse(ByteBuffer.wrap(header), header.length).tensors())
                .hasSize(1);
    }

    @Test
    void countsTheBytesOfAllTensors() {
        assertProblem(
                "{\"v\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                        + "\"w\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[3,7]}}",
                12,
                Fault.NOT_COVERED,
                "the tensors cover bytes 0..7 of the data section, which has 12: the last 5 belong to none");
    }

    @Test
    void aNameLikeThatOfTheMetadataIsATensors() throws HeaderException {
        for (String name : new String[] {"__metadata_", "__metadata_x", "__metadata__x", "_metadata__xx"}) {
            byte[] header = bytes("{\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0);
            Header parsed = Header.parse(ByteBuffer.wrap(header), header.length);
            assertThat(parsed.find(name)).isPresent();
            assertThat(parsed.metadata()).isEmpty();
        }
    }

    private static void assertProblem(String json, int data, Fault fault, String problem) {
        byte[] header = bytes(json, 0);
        assertThatThrownBy(() -> Header.parse(ByteBuffer.wrap(header), header.length + data))
                .isInstanceOfSatisfying(HeaderException.class, e -> {
                    assertThat(e.fault()).isEqualTo(fault);
                    assertThat(e.problem()).isEqualTo(problem);
                    assertThat(e.in("m.safetensors")).hasMessage("m.safetensors: " + problem);
                });
    }

    private static void assertFault(Fault fault, String file) {
        byte[] bytes = file.getBytes(StandardCharsets.ISO_8859_1);
        assertFault(fault, bytes, bytes.length);
    }

    static void assertFault(Fault fault, byte[] file, long size) {
        assertThatThrownBy(() -> {
                    Header.jsonLength(ByteBuffer.wrap(file), size);
                    Header.parse(ByteBuffer.wrap(file), size);
                })
                .isInstanceOfSatisfying(
                        HeaderException.class, e -> assertThat(e.fault()).isEqualTo(fault));
    }

    /** A header of this JSON, padded with spaces to a length. */
    static byte[] bytes(String json, int padTo) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        int length = Math.max(text.length, padTo);
        byte[] header = new byte[8 + length];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(text);
        return header;
    }
}
