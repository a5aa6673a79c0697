package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileFormatTest {
    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String described(String text) {
        return FileFormat.of(bytes(text)).describe(bytes(text));
    }

    @Test
    void whatServersAnswerIsShown() {
        assertThat(described("{\"error\":\"Unauthorized\"}"))
                .isEqualTo("this is JSON text and no model; it begins '{\"error\":\"Unauthorized\"}'");
        assertThat(described(" \r\n[1, 2]")).isEqualTo("this is JSON text and no model; it begins '[1, 2]'");
        assertThat(described("Entry not found")).isEqualTo("this is text and no model; it begins 'Entry not found'");
        assertThat(described("\ufeffRate limit\n\texceeded"))
                .isEqualTo("this is text and no model; it begins 'Rate limit exceeded'");
        assertThat(described("<?xml version='1.0'?><Error><Code>AccessDenied</Code>"))
                .isEqualTo("this is an XML page; a download went wrong; it begins"
                        + " '<?xml version='1.0'?><Error><Code>AccessDenied</Code>'");
        assertThat(described("\n <!DOCTYPE html><title>404</title>"))
                .isEqualTo(
                        "this is an HTML page; a download went wrong; it begins '<!DOCTYPE html><title>404</title>'");
        assertThat(described("version https://git-lfs.github.com/spec/v1\n")).contains("'git lfs pull'");
    }

    @Test
    void whatIsShownIsShortAndFitForATerminal() {
        assertThat(described("\u001b[31mred")).isEqualTo("this is text and no model; it begins '\\u001b[31mred'");
        assertThat(described("x".repeat(600))).endsWith("x'…").hasSizeLessThan(150);
        assertThat(described("a\u202eb")).endsWith("'a\\u202eb'");
    }

    @Test
    void textNeedNotBeAscii() {
        assertThat(described("\u672a\u627e\u5230".repeat(100)))
                .startsWith("this is text and no model; it begins '\u672a\u627e");
        byte[] latin = "Acc\u00e8s refus\u00e9, d\u00e9sol\u00e9".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(FileFormat.of(ByteBuffer.wrap(latin))).isEqualTo(FileFormat.TEXT);
    }

    @Test
    void emptyFilesAndZerosAreCalledThat() {
        assertThat(described("")).isEqualTo("the file is empty");
        assertThat(described("\0".repeat(512)))
                .isEqualTo("this is nothing but zeros at its beginning: a download or copy that was not finished;"
                        + " it begins with bytes 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        assertThat(FileFormat.of(bytes("\0".repeat(7)))).isEqualTo(FileFormat.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "GGUF00, GGUF",
        "lmgg00, GGML",
        "504b0304, ZIP",
        "504b0506, EMPTY_ZIP",
        "80047d, PICKLE",
        "1f8b0800, GZIP",
        "425a6839, BZIP2",
        "fd377a585a00, XZ",
        "28b52ffd, ZSTD",
        "502a4d18, ZSTD",
        "04224d18, LZ4",
        "377abcaf271c, SEVEN_ZIP",
        "526172211a0700, RAR",
        "789c00, ZLIB",
        "894844460d0a1a0a, HDF5",
        "934e554d5059, NUMPY",
        "0807120770, ONNX",
        "080a3a00, ONNX",
        "080112a1, TENSORFLOW",
        "0a1b0a0570, UNKNOWN",
        "1c00000054464c33, TFLITE",
        "1c00000050544d46, MOBILE",
        "504152310000, PARQUET",
        "4152524f57310000, ARROW",
        "53514c69746520666f726d6174203300, SQLITE",
        "255044462d312e37, PDF",
        "89504e470d0a, IMAGE",
        "ffd8ffe0, IMAGE",
        "7f454c46, PROGRAM",
        "524946460000, RIFF",
        "00051607000200004d6163, APPLE_DOUBLE",
        "deadbeef00, UNKNOWN"
    })
    void binaryFormatsAreKnownByTheirFirstBytes(String hex, FileFormat expected) {
        byte[] bytes = hex.startsWith("GGUF") || hex.startsWith("lmgg")
                ? hex.getBytes(StandardCharsets.US_ASCII)
                : HexFormat.of().parseHex(hex);
        assertThat(FileFormat.of(ByteBuffer.wrap(bytes))).isEqualTo(expected);
        assertThat(expected.describe(ByteBuffer.wrap(bytes)))
                .startsWith(expected == FileFormat.UNKNOWN ? "it begins with bytes " : "this is ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "L119547037146038801333356L\n.I1001\n.",
                "(dp0\nVweight\n",
                "(lp1\n",
                "}q\0(X",
                "]q\1c",
                "ccollections\nOrderedDict\np0\n",
                "cnumpy.core.multiarray\n_reconstruct\nq\0("
            })
    void picklesOfTheFirstProtocolsAreKnownByWhatTheyBeginWith(String start) {
        assertThat(FileFormat.of(bytes(start))).isEqualTo(FileFormat.PICKLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"class\nWeight\n\n", "colour\n\nred\n", "(de-facto)\n", "]quoted[", "L1195470371\n"})
    void textsThatBeginAlikeAreTexts(String start) {
        assertThat(FileFormat.of(bytes(start))).isEqualTo(FileFormat.TEXT);
    }

    @Test
    void aTarAndAFrozenGraphAreKnownByWhatComesLater() {
        byte[] tar = new byte[512];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        assertThat(FileFormat.of(ByteBuffer.wrap(tar))).isEqualTo(FileFormat.TAR);
        assertThat(FileFormat.of(bytes("\n\23\n\5input\22\13Placeholder*\0"))).isEqualTo(FileFormat.TENSORFLOW);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x280, 0x580, 0x04034b50, 0x184d2204, 0x8b1f})
    void aHeaderWhoseLengthLooksLikeAMagicNumberIsStillAHeader(int length) {
        ByteBuffer start = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(length).put((byte) '{').flip();
        assertThat(FileFormat.of(start)).isEqualTo(FileFormat.SAFETENSORS);
        assertThat(start.position()).isZero();
    }

    @Test
    void everyFormatIsDescribedInOneLine() {
        byte[] strange = new byte[600];
        Arrays.fill(strange, (byte) 0x9b);
        for (FileFormat format : FileFormat.values()) {
            assertThat(format.describe(ByteBuffer.wrap(strange))).isNotBlank().matches("[\\P{Cntrl}]*");
            boolean packed =
                    List.of("GZIP", "BZIP2", "XZ", "ZSTD", "LZ4", "LZIP").contains(format.name());
            assertThat(format.unpacker().isPresent()).isEqualTo(packed);
        }
    }
}
