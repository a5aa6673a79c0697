package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertTest {
    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("out.safetensors");
    }

    private StreamReader converted(Object... options) throws IOException {
        Object[] arguments = new Object[options.length + 3];
        arguments[0] = "convert";
        arguments[1] = Cli.EXAMPLE;
        arguments[2] = out();
        System.arraycopy(options, 0, arguments, 3, options.length);
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return StreamReader.open(out());
    }

    @Test
    void everyTensorOfTheExampleIsWhatTorchSays() throws IOException {
        try (StreamReader reader = converted("--crc32", "--shared", "duplicate")) {
            List<String> rows = Files.readAllLines(Cli.ROOT.resolve("examples/tiny-transformer.tsv")).stream()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
            assertThat(reader.size()).isEqualTo(rows.size());
            for (String row : rows) {
                String[] cells = row.split("\t", -1);
                assertThat(reader.meta(cells[0]).dtype().name()).isEqualTo(cells[1]);
                assertThat(reader.meta(cells[0]).shape().toString().replaceAll("[\\[ \\]]", ""))
                        .isEqualTo(cells[2]);
                assertThat(sha256(reader.tensor(cells[0]).toByteArray()))
                        .as(cells[0])
                        .isEqualTo(cells[3]);
            }
            assertThat(reader.metadata()).isEqualTo(Map.of("format", "pt"));
        }
    }

    @Test
    void aPartialFileIsGoneOnWithAndLeavesNoTrace() throws IOException {
        converted("--crc32").close();
        byte[] whole = Files.readAllBytes(out());
        byte[] damaged = whole.clone();
        damaged[whole.length - 1] ^= 1;
        Path partial = folder.resolve(".out.safetensors.stsw-partial");
        Files.delete(out());
        Files.write(partial, damaged);
        converted("--resume").close();
        assertThat(out()).hasBinaryContent(whole);
        assertThat(partial).doesNotExist();
    }

    @Test
    void aPartialFileOfSomethingElseIsRefused() throws IOException {
        Path partial = Files.writeString(folder.resolve(".out.safetensors.stsw-partial"), "something else");
        Cli.Result result = Cli.run("convert", Cli.EXAMPLE, out(), "--resume");
        assertThat(result.err()).contains(partial.toString()).contains("delete it");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(partial).hasContent("something else");
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void sharedTensorsAreWrittenOnceAndRecorded() throws IOException {
        try (StreamReader reader = converted()) {
            assertThat(reader.keys()).contains("wte.weight").doesNotContain("lm_head.weight");
            assertThat(reader.metadata()).isEqualTo(Map.of("format", "pt", "lm_head.weight", "wte.weight"));
        }
        assertThat(Cli.run("convert", Cli.EXAMPLE, out(), "--shared", "error").exitCode())
                .isEqualTo(1);
    }

    @Test
    void tensorsCanBeSelectedRenamedAndCast() throws IOException {
        try (StreamReader reader = converted(
                "--include", "h.?.ln*", "--exclude", "*.bias", "--rename", "^h\\.(\\d)=layers.$1", "--dtype", "f16")) {
            assertThat(reader.keys())
                    .containsExactly(
                            "layers.0.ln_1.weight",
                            "layers.0.ln_2.weight",
                            "layers.1.ln_1.weight",
                            "layers.1.ln_2.weight");
            assertThat(reader).allSatisfy(tensor -> assertThat(tensor.dtype()).isEqualTo(DType.F16));
        }
    }

    @Test
    void theSameOptionsWorkOnSafetensors() throws IOException {
        converted().close();
        Path next = folder.resolve("next.safetensors");
        Cli.Result result = Cli.run(
                "convert", out(), next, "--strip-prefix", "h.0.", "--include", "ln_*", "--rename", "ln=norm", "--json");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .contains("\"kind\":\"safetensors\",\"dry_run\":false,\"tensors\":6,")
                .contains("{\"kind\":\"renamed\",\"subject\":\"h.0.ln_1.bias\",\"detail\":\"ln_1.bias\"}")
                .contains("{\"kind\":\"dropped\",\"subject\":\"up.bias\",\"detail\":\"filtered out\"}");
        try (StreamReader reader = StreamReader.open(next)) {
            assertThat(reader.keys()).contains("norm_1.bias", "norm_f.weight");
        }
    }

    @Test
    void severalWorkersWriteTheSameFile() throws IOException {
        converted("--crc32", "--dtype", "bf16").close();
        byte[] one = Files.readAllBytes(out());
        converted("--crc32", "--dtype", "bf16", "--workers", "3", "--buffer-size", "4KiB")
                .close();
        assertThat(out()).hasBinaryContent(one);
        assertThat(Cli.run("convert", Cli.EXAMPLE, out(), "--workers", "0").exitCode())
                .isEqualTo(2);
    }

    @Test
    void aDryRunWritesNothing() {
        Cli.Result result = Cli.run("convert", Cli.EXAMPLE, out(), "--dry-run");
        assertThat(result.out()).contains("(not written)").contains("wte.weight");
        assertThat(Cli.run("convert", Cli.EXAMPLE, out(), "--dry-run", "--json").out())
                .contains("\"dry_run\":true");
        assertThat(Cli.files(folder)).isEmpty();
    }

    @Test
    void officialFilesComeOutAsTheReferenceWroteThem() throws IOException {
        try (ZipFile goldens =
                new ZipFile(Cli.ROOT.resolve("interop/golden/valid.zip").toFile())) {
            for (ZipEntry entry : goldens.stream().toList()) {
                byte[] bytes = goldens.getInputStream(entry).readAllBytes();
                Path in = Files.write(folder.resolve("in.safetensors"), bytes);
                assertThat(Cli.run("convert", in, out()).exitCode())
                        .as(entry.getName())
                        .isZero();
                assertThat(Files.readAllBytes(out())).as(entry.getName()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void aFileCanBeConvertedInPlace() throws IOException {
        converted().close();
        assertThat(Cli.run("convert", out(), out(), "--crc32").exitCode()).isZero();
        assertThat(Cli.run("verify", out()).exitCode()).isZero();
        assertThat(Cli.files(folder)).containsExactly("out.safetensors");
    }

    @Test
    void damagedInputIsNotGivenNewChecksums() throws IOException {
        converted("--crc32").close();
        byte[] bytes = Files.readAllBytes(out());
        bytes[bytes.length - 1] ^= 1;
        Files.write(out(), bytes);
        Cli.Result result = Cli.run("convert", out(), out(), "--crc32");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains("CRC-32 expected");
        assertThat(Files.readAllBytes(out())).isEqualTo(bytes);
        assertThat(Cli.files(folder)).containsExactly("out.safetensors");
        assertThat(Cli.run("convert", out(), out(), "--crc32", "--no-verify").exitCode())
                .isZero();
    }

    @Test
    void filesOfThePythonOriginalAreRepaired() {
        Path legacy = Cli.ROOT.resolve("interop/golden/legacy/release/crc32-xxh32-4.safetensors");
        Cli.Result result = Cli.run("convert", legacy, out(), "--crc32");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("from safetensors (not official)").contains("repaired: ");
        assertThat(Cli.run("verify", out()).exitCode()).isZero();
        Path damaged = Cli.ROOT.resolve("interop/golden/legacy/release/crc32-xxh32-damaged.safetensors");
        assertThat(Cli.run("convert", damaged, folder.resolve("damaged")).exitCode())
                .isEqualTo(1);
        assertThat(Cli.files(folder)).containsExactly("out.safetensors");
    }
}
