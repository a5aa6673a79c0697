package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.FileFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What people take for a model is called by its name, whichever command they ask.
class NotAModelTest {
    @TempDir
    Path folder;

    private void isCalled(Path file, String... sentences) {
        Path out = folder.resolve("out.safetensors");
        for (List<Object> words : List.<List<Object>>of(
                List.of("inspect", file), List.of("verify", file), List.of("convert", file, out))) {
            Cli.Result result = Cli.run(words.toArray());
            assertThat(result.err().lines())
                    .as(words.toString())
                    .singleElement()
                    .asString()
                    .contains(sentences);
            assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.BAD);
            assertThat(out).doesNotExist();
        }
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content, StandardCharsets.UTF_8);
    }

    @Test
    void textIsShown() throws IOException {
        isCalled(
                file("model.safetensors", "{\"message\":\"log in first\"}"),
                "JSON text and no model; it begins '{\"message\":\"log in first\"}'");
        isCalled(file("model.bin", "Entry not found"), "this is text and no model; it begins 'Entry not found'");
        isCalled(file("a.pt", "<?xml version=\"1.0\"?><Error>"), "XML page", "<Error>");
        isCalled(file("b.pt", "\n<html>\u001b[31m"), "HTML page", "'<html>\\u001b[31m'");
        isCalled(file("c.json", "{\"hidden_size\": 8}"), "not an index of shards");
        isCalled(file("empty.safetensors", ""), "the file is empty");
        isCalled(file("zeros.safetensors", "\0".repeat(4096)), "nothing but zeros", "00 00");
    }

    @ParameterizedTest
    @CsvSource({
        "47475546030000001300000000000000, a GGUF file", "894844460d0a1a0a0000000000000000, an HDF5 file",
        "080712077079746f7263681a05322e31, an ONNX model", "1c00000054464c331400200000000000, a TensorFlow Lite model",
        "377abcaf271c00040000000000000000, a 7-Zip archive", "504152310000000000000000, a Parquet file",
        "89504e470d0a1a0a0000000d49484452, an image", "7f454c4602010100, a program",
        "deadbeefdeadbeefdeadbeef, begins with bytes de ad be ef"
    })
    void otherFormatsAreNamed(String hex, String name) throws IOException {
        isCalled(Files.write(folder.resolve("model.safetensors"), HexFormat.of().parseHex(hex)), name);
    }

    @ParameterizedTest
    @CsvSource({
        "1f8b0800, a gzip archive, gzip",
        "425a6839, a bzip2 archive, bzip2",
        "fd377a585a00, an xz archive, xz",
        "28b52ffd, a zstd archive, zstd"
    })
    void aPackedFileIsNamedWithThePipeThatUnpacksIt(String hex, String name, String command) throws IOException {
        byte[] packed = HexFormat.of().parseHex(hex + "00".repeat(16));
        Path file = Files.write(folder.resolve("m.pt." + command), packed);
        isCalled(file, "this is " + name, command + " -dc " + file + " | stsw convert - out.safetensors");
        Path spaced = Files.write(folder.resolve("it's mine"), packed);
        isCalled(spaced, command + " -dc " + ShellWord.of(spaced.toString()) + " | stsw convert -");
        assertThat(ShellWord.of("/m/it's mine", false)).isEqualTo("'/m/it'\\''s mine'");
        assertThat(ShellWord.of("C:\\m\\it's mine", true)).isEqualTo("\"C:\\m\\it's mine\"");
        assertThat(ShellWord.of("C:\\m\\a-b.pt", true)).isEqualTo("C:\\m\\a-b.pt");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no sh")
    void theGivenPipeWorks() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(Files.readAllBytes(Cli.EXAMPLE));
        }
        Files.write(folder.resolve("m.pt.gz"), packed.toByteArray());
        String stsw = String.join(" ", Program.stsw(List.of("convert", "-", "out.safetensors")));
        Cli.Result piped = Program.run(folder, List.of("sh", "-c", stsw + " < m.pt.gz"));
        assertThat(piped.err()).contains("-: this is a gzip archive; unpack it on the way: gzip -dc | stsw convert -");
        Cli.Result result = Program.run(folder, List.of("sh", "-c", "gzip -dc m.pt.gz | " + stsw));
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void aTruncatedFileSaysHowLongItShouldBe() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, whole).exitCode()).isZero();
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = folder.resolve("cut.safetensors");
        Files.write(cut, Arrays.copyOf(bytes, bytes.length - 100));
        String sizes = "it should have " + bytes.length + " bytes and has " + (bytes.length - 100);
        isCalled(cut, "the file is truncated: " + sizes);
        Files.write(cut, Arrays.copyOf(bytes, 100));
        isCalled(cut, "the file ends at byte 100: it is truncated");
        assertThat(FileFormat.of(ByteBuffer.wrap(bytes))).isEqualTo(FileFormat.SAFETENSORS);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLinkToNothingSaysSo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("model.safetensors"), Path.of("../blobs/abc"));
        Cli.Result result = Cli.run("inspect", link);
        assertThat(result.err()).isEqualTo("stsw: " + link + ": a link to '../blobs/abc', which is not there\n");
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
    }
}
