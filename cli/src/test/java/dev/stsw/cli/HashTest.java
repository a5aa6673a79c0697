package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class HashTest {
    private static final String TWO = "{\"b\":{\"dtype\":\"U8\",\"shape\":[2,1],\"data_offsets\":[0,2]},"
            + "\"a\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[2,3]}}";

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void convert() {
        model = folder.resolve("model.safetensors");
        Cli.run("convert", Cli.EXAMPLE, model);
    }

    @Test
    void theContentsHashIsMadeAsTheDocumentationSays() throws Exception {
        Path file = Cli.write(folder.resolve("two.safetensors"), TWO, 3);
        String a = sha256(new byte[1]);
        String b = sha256(new byte[2]);
        String content = sha256((a + " I8  1:a\n" + b + " U8 2,1 1:b\n").getBytes(StandardCharsets.UTF_8));
        assertThat(Cli.run("hash", file).out()).isEqualTo(file + """


                SHA-256                                                           NAME
                %s  b
                %s  a

                %s  content of %s
                """.formatted(b, a, content, file));
        assertThat(Cli.run("hash", "--json", file).out())
                .isEqualTo("{\"file\":" + Cli.json(file) + ",\"sha256\":\"" + content + "\",\"tensors\":["
                        + "{\"name\":\"b\",\"dtype\":\"U8\",\"shape\":[2,1],\"sha256\":\"" + b + "\"},"
                        + "{\"name\":\"a\",\"dtype\":\"I8\",\"shape\":[],\"sha256\":\"" + a + "\"}]}\n");
    }

    @Test
    void orderShardsMetadataChecksumsAndTheKindOfFileChangeNothing() throws IOException {
        String expected = content(Cli.run("hash", "--json", model));
        Path shards = folder.resolve("shards");
        Path other = folder.resolve("other.safetensors");
        Cli.run("convert", model, shards, "--max-shard-size", "20KB");
        Cli.run("convert", model, other, "--metadata", "a=b", "--crc32");
        Cli.Result sharded = Cli.run("hash", "--json", shards);
        assertThat(content(Cli.run("hash", "--json", Cli.EXAMPLE))).isEqualTo(expected);
        assertThat(content(Cli.run("hash", "--json", other))).isEqualTo(expected);
        assertThat(Cli.files(shards)).hasSizeGreaterThan(3);
        assertThat(sharded.out().lines().toList())
                .hasSizeGreaterThan(2)
                .last()
                .satisfies(line -> assertThat(line)
                        .contains("\"parameters\":36768,\"nbytes\":72320,\"sha256\":\"" + expected + "\",\"notes\":"));
        assertThat(Cli.run("hash", shards).out()).contains(expected + "  content of " + shards + "\n");
    }

    @Test
    void oneBitMore() throws IOException {
        byte[] bytes = Files.readAllBytes(model);
        bytes[bytes.length - 1] ^= 1;
        Path other = Files.write(folder.resolve("other.safetensors"), bytes);
        assertThat(content(Cli.run("hash", "--json", other))).isNotEqualTo(content(Cli.run("hash", "--json", model)));
    }

    @Test
    void aModelWithABadShardHasNoHash() throws IOException {
        Path shards = folder.resolve("shards");
        Cli.run("convert", model, shards, "--max-shard-size", "20KB");
        Files.delete(shards.resolve(Cli.files(shards).get(0)));
        Cli.Result result = Cli.run("hash", "--json", shards);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out().lines().toList().getLast())
                .contains("\"model\":")
                .doesNotContain("\"sha256\":\"");
    }

    @Test
    void wholeIsTheFilesOwnWhateverItIs() throws Exception {
        Path text = Files.writeString(folder.resolve("notes.txt"), "hello\n");
        assertThat(Cli.run("hash", "--whole", text, model).out())
                .isEqualTo(sha256("hello\n".getBytes(StandardCharsets.UTF_8)) + "  " + text + "\n"
                        + sha256(Files.readAllBytes(model)) + "  " + model + "\n");
        assertThat(Cli.run("hash", "--whole", "--json", text).out())
                .isEqualTo("{\"file\":" + Cli.json(text) + ",\"size\":6,\"whole\":\""
                        + sha256("hello\n".getBytes(StandardCharsets.UTF_8)) + "\"}\n");
        assertThat(Cli.run("hash", "--whole", folder.resolve("nowhere")).exitCode())
                .isEqualTo(2);
    }

    @Test
    void verifyComparesAKnownHash() throws Exception {
        String known = sha256(Files.readAllBytes(model));
        assertThat(Cli.run("verify", "--sha256", known.toUpperCase(java.util.Locale.ROOT), "--json", model)
                        .out())
                .isEqualTo(
                        "{\"file\":" + Cli.json(model) + ",\"ok\":true,\"checked\":31,\"sha256\":\"" + known + "\"}\n");
        String other = (known.charAt(0) == '0' ? "1" : "0") + known.substring(1);
        Cli.Result wrong = Cli.run("verify", "--sha256", other, model);
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.err())
                .isEqualTo("stsw: " + model + ": SHA-256 expected " + other + " but was " + known + "\n");
        assertThat(wrong.out()).startsWith(model + ": FAILED (0 tensors");
        assertThat(Cli.run("verify", "--sha256", sha256(Files.readAllBytes(Cli.EXAMPLE)), Cli.EXAMPLE)
                        .exitCode())
                .isZero();
        Path readme = Cli.ROOT.resolve("README.md");
        assertThat(Cli.run("verify", "--sha256", sha256(Files.readAllBytes(readme)), readme)
                        .exitCode())
                .isZero();
    }

    @Test
    void verifyRefusesAHashThatIsNoneOrNotOfOneFile() {
        String hex = "0".repeat(64);
        for (List<Object> words : List.<List<Object>>of(
                List.of("verify", "--sha256", "abc", model),
                List.of("verify", "--sha256", hex, model, model),
                List.of("verify", "--sha256", hex, "--structure-only", model),
                List.of("verify", "--sha256", hex, folder))) {
            Cli.Result result = Cli.run(words.toArray());
            assertThat(result.exitCode()).isEqualTo(2);
            assertThat(result.err()).contains("--sha256");
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void theNameInAHubsCacheProvesAFileWithoutChecksums() throws Exception {
        byte[] bytes = Files.readAllBytes(model);
        Path blobs = Files.createDirectories(folder.resolve("models--x/blobs"));
        Path snapshot = Files.createDirectories(folder.resolve("models--x/snapshots/1"));
        Path blob = Files.write(blobs.resolve(sha256(bytes)), bytes);
        Path link = Files.createSymbolicLink(snapshot.resolve("model.safetensors"), blob);
        Cli.Result good = Cli.run("verify", link);
        assertThat(good.exitCode()).isZero();
        assertThat(good.out())
                .startsWith(link + ": ok (SHA-256 is that of its name in the cache, 31 tensors checked in ");
        bytes[bytes.length - 1] ^= 1;
        Files.write(blob, bytes);
        assertThat(Cli.run("verify", link).exitCode()).isEqualTo(1);
        assertThat(Cli.run("verify", "--structure-only", link).exitCode()).isZero();
    }

    private static String content(Cli.Result result) {
        return result.out().replaceAll("(?s).*\\{\"file\":\"[^\"]*\",\"sha256\":\"([0-9a-f]{64})\".*", "$1");
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
