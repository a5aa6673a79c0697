package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Metadata and checksums, changed in place and in copies.
class MetaTest {
    @TempDir
    Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void aModel() {
        in = folder.resolve("in.safetensors");
        out = folder.resolve("out.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, in, "--crc32").exitCode()).isZero();
    }

    private static String good(Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private static void failing(int exitCode, String sentence, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).contains(sentence);
        assertThat(result.exitCode()).isEqualTo(exitCode);
    }

    @Test
    void metadataIsShownAsItIs() {
        assertThat(good("meta", in)).isEqualTo("format: pt\nlm_head.weight: wte.weight\n");
        assertThat(good("meta", in, "--json"))
                .isEqualTo("{\"file\":" + Cli.json(in)
                        + ",\"metadata\":{\"format\":\"pt\",\"lm_head.weight\":\"wte.weight\"}}\n");
        assertThat(good("meta", Cli.EXAMPLE)).contains("format: pt\n");
        assertThat(good("meta", in, Cli.EXAMPLE))
                .startsWith(in + "\nformat: pt\n")
                .contains("\n\n" + Cli.EXAMPLE + "\n");
    }

    @Test
    void entriesAreClearedThenRemovedThenSet() {
        assertThat(good("meta", in, "--set", "a=b=c", "--remove", "format", "--remove", "gone"))
                .isEqualTo(in + ": changed (2 keys)\nwarning: gone (--remove: there is no such entry)\n");
        assertThat(good("meta", in)).isEqualTo("lm_head.weight: wte.weight\na: b=c\n");
        assertThat(good("meta", in, "--clear", "--set", "x=y", "--json"))
                .contains("\"metadata\":{\"x\":\"y\"},\"changed\":true,\"notes\":[]}");
        assertThat(good("meta", in, "--set", "x=y")).isEqualTo(in + ": as it was (1 key)\n");
        assertThat(good("meta", in, "--clear")).isEqualTo(in + ": changed (0 keys)\n");
        assertThat(good("meta", in)).isEqualTo("no metadata\n");
        assertThat(good("verify", in)).contains("ok (31 tensors");
    }

    @Test
    void aMistakeInOneOfManyFilesLeavesAllOfThemAlone() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.safetensors"), "no header");
        byte[] before = Files.readAllBytes(in);
        failing(1, bad + ": ", "meta", in, bad, "--set", "a=b");
        failing(2, "no file was changed", "meta", in, folder.resolve("nowhere"), "--set", "a=b");
        failing(2, "is no safetensors file", "meta", in, Cli.EXAMPLE, "--set", "a=b");
        failing(2, "is no safetensors file", "checksum", "add", Cli.EXAMPLE);
        failing(2, "checksum remove takes them away", "meta", in, "--remove", "stsw.crc32");
        failing(2, "is written by --crc32", "meta", in, "--set", "stsw.crc32=0");
        assertThat(in).hasBinaryContent(before);
    }

    @Test
    void aCopyLeavesTheFileAlone() throws IOException {
        byte[] before = Files.readAllBytes(in);
        good("meta", in, "--set", "a=b", "-o", out);
        assertThat(in).hasBinaryContent(before);
        assertThat(good("meta", out)).contains("a: b");
        good("verify", out);
        failing(2, "is the input", "meta", in, "--set", "a=b", "-o", in);
        failing(2, "-o names one file", "meta", in, in, "--set", "a=b", "-o", out);
        failing(2, "say what changes", "meta", in, "-o", out);
    }

    @Test
    void allFilesOfAModelAreChanged() {
        Path shards = folder.resolve("shards");
        good("split", in, shards, "--max-shard-size", "30KB");
        assertThat(good("meta", shards, "--set", "a=b", "--json").lines())
                .hasSize(3)
                .allMatch(line -> line.contains("\"a\":\"b\"},\"changed\":true"));
        good("verify", shards);
        good("checksum", "remove", shards);
        failing(2, "no checksums", "verify", shards);
        assertThat(good("checksum", "add", shards.resolve("model.safetensors.index.json"), "--json")
                        .lines())
                .hasSize(3);
        good("verify", shards);
    }

    @Test
    void checksumsComeAndGoWithoutATrace() throws IOException {
        byte[] with = Files.readAllBytes(in);
        good("convert", in, out);
        byte[] without = Files.readAllBytes(out);
        good("checksum", "remove", in);
        assertThat(in).hasBinaryContent(without);
        assertThat(good("checksum", "remove", in)).isEqualTo(in + ": as it was (has no checksums)\n");
        good("checksum", "add", in, "-o", out);
        assertThat(out).hasBinaryContent(with);
        assertThat(in).hasBinaryContent(without);
        good("checksum", "add", in);
        assertThat(in).hasBinaryContent(with);
        assertThat(good("checksum", "add", in, "--json"))
                .isEqualTo("{\"file\":" + Cli.json(in) + ",\"changed\":false}\n");
        failing(2, "which one? stsw checksum add", "checksum");
    }

    @Test
    void aDamagedFileGetsNoNewChecksums() throws IOException {
        byte[] bytes = Files.readAllBytes(in);
        bytes[bytes.length - 1] ^= 1;
        Files.write(in, bytes);
        failing(1, "CRC-32 expected", "checksum", "remove", in);
        assertThat(in).hasBinaryContent(bytes);
        good("checksum", "remove", in, "--no-verify");
        assertThat(good("meta", in)).contains("format: pt");
    }

    @Test
    void theOrderOfTensorsStays() throws IOException {
        // b before a, which the reference would turn round.
        String header = "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}";
        Path file = Cli.write(folder.resolve("order.safetensors"), header, 2);
        good("checksum", "add", file);
        good("meta", file, "--set", "x=y", "-o", out);
        assertThat(Cli.run("inspect", "--json", out).out())
                .containsSubsequence("\"name\":\"b\"", "\"data_offsets\":[0,1]", "\"name\":\"a\"", "[1,2]");
    }
}
