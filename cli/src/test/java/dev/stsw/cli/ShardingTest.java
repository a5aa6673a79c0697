package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.format.ShardIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models of several files, in and out.
class ShardingTest {
    @TempDir
    Path folder;

    private Path sharded() {
        Path out = folder.resolve("sharded");
        Cli.Result result = Cli.run("convert", Cli.EXAMPLE, out, "--max-shard-size", "30000B", "--crc32");
        assertThat(result.exitCode()).as(result.err()).isZero();
        return out;
    }

    private static Path index(Path sharded) {
        return sharded.resolve("model.safetensors.index.json");
    }

    private static void isRefused(int exitCode, String reason, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .startsWith("stsw: ")
                .contains(reason);
        assertThat(result.exitCode()).isEqualTo(exitCode);
    }

    @Test
    void whatIsSplitComesTogetherAgainByteForByte() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, whole).exitCode()).isZero();
        Path sharded = sharded();
        assertThat(Cli.files(sharded))
                .containsExactly(
                        "model-00001-of-00003.safetensors",
                        "model-00002-of-00003.safetensors",
                        "model-00003-of-00003.safetensors",
                        "model.safetensors.index.json");
        for (Path in : List.of(sharded, index(sharded))) {
            Path joined = folder.resolve("joined.safetensors");
            Cli.Result result = Cli.run("convert", in, joined);
            assertThat(result.err()).isEmpty();
            assertThat(result.out()).contains("from 3 shards of safetensors");
            assertThat(joined).hasSameBinaryContentAs(whole);
        }
    }

    @Test
    void eachShardIsInspectedAndVerified() throws IOException {
        Path sharded = sharded();
        assertThat(Cli.run("verify", sharded, "--json").out().lines())
                .hasSize(3)
                .allMatch(line -> line.contains("\"ok\":true"));
        assertThat(Cli.run("inspect", index(sharded), "--json").out().lines()).hasSize(3);
        Path last = sharded.resolve("model-00003-of-00003.safetensors");
        byte[] bytes = Files.readAllBytes(last);
        bytes[bytes.length - 1] ^= 1;
        Files.write(last, bytes);
        assertThat(Cli.run("verify", sharded).exitCode()).isEqualTo(ExitCode.BAD);
    }

    @Test
    void aNameInPlaceOfAFolderIsTheStem() {
        Cli.Result result = Cli.run(
                "convert", Cli.EXAMPLE, folder.resolve("tiny.safetensors"), "--max-shard-size", "40000B", "--json");
        assertThat(result.out()).contains("\"files\":[").contains("tiny.safetensors.index.json");
        assertThat(Cli.files(folder))
                .containsExactly(
                        "tiny-00001-of-00002.safetensors",
                        "tiny-00002-of-00002.safetensors",
                        "tiny.safetensors.index.json");
        assertThat(Cli.run("convert", Cli.EXAMPLE, folder.resolve("one"), "--max-shard-size", "5GB")
                        .exitCode())
                .isZero();
        assertThat(Cli.files(folder.resolve("one"))).containsExactly("model.safetensors");
    }

    @Test
    void aKilledConversionIsResumedShardByShard() throws IOException {
        Path sharded = folder.resolve("resumed");
        Object[] command = {"convert", Cli.EXAMPLE, sharded, "--max-shard-size", "30000B", "--resume"};
        assertThat(Cli.run(command).exitCode()).isZero();
        List<String> names = Cli.files(sharded);
        Path first = sharded.resolve(names.get(0));
        Path second = sharded.resolve(names.get(1));
        byte[] whole = Files.readAllBytes(second);
        Object kept = Files.readAttributes(first, "fileKey").get("fileKey");
        // As a kill in the second file leaves them.
        Files.write(sharded.resolve("." + names.get(1) + ".stsw-partial"), Arrays.copyOf(whole, whole.length / 2));
        for (String name : names.subList(1, names.size())) {
            Files.delete(sharded.resolve(name));
        }
        Cli.Result result = Cli.run(command);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(Cli.files(sharded)).isEqualTo(names);
        assertThat(Files.readAttributes(first, "fileKey").get("fileKey")).isEqualTo(kept);
        assertThat(second).hasBinaryContent(whole);
        isRefused(
                ExitCode.UNCHECKED,
                "of another model",
                "convert",
                Cli.EXAMPLE,
                sharded,
                "--max-shard-size",
                "40000B",
                "--resume");
    }

    @Test
    void modelsAreNotMixed() {
        Path sharded = sharded();
        List<String> before = Cli.files(sharded);
        isRefused(
                ExitCode.UNCHECKED, "is there already", "convert", Cli.EXAMPLE, sharded, "--max-shard-size", "40000B");
        assertThat(Cli.files(sharded)).isEqualTo(before);
        isRefused(ExitCode.UNCHECKED, "at least one byte", "convert", Cli.EXAMPLE, folder, "--max-shard-size", "0");
    }

    @Test
    void anIndexThatDoesNotFitItsShardsIsBad() throws IOException {
        Path sharded = sharded();
        Path out = folder.resolve("out.safetensors");
        ShardIndex good = ShardIndex.parse(Files.readAllBytes(index(sharded)));
        String first = good.shards().get(0);
        String other = good.shards().get(1);
        String name = good.files().entrySet().stream()
                .filter(entry -> entry.getValue().equals(first))
                .findFirst()
                .orElseThrow()
                .getKey();
        for (String command : List.of("inspect", "verify")) {
            rewrite(sharded, good, Map.of("nowhere", first));
            isRefused(ExitCode.BAD, "tensor 'nowhere' is not in its shard " + first, command, sharded);
            rewrite(sharded, good, Map.of(name, other));
            isRefused(ExitCode.BAD, "is in shard " + first + ", expected in " + other, command, sharded);
            rewrite(sharded, good, Map.of("lost", "lost.safetensors"));
            isRefused(ExitCode.BAD, "its shard lost.safetensors is missing", command, sharded);
        }
        isRefused(ExitCode.BAD, "is missing", "convert", sharded, out);
        Files.writeString(index(sharded), "{\"weight_map\":{\"a\":\"../secret.safetensors\"}}");
        isRefused(ExitCode.BAD, "plain name", "convert", sharded, out);
        Files.writeString(index(sharded), "{\"weight_map\":{\"a\":\"model.safetensors.index.json\"}}");
        isRefused(ExitCode.BAD, "itself an index", "convert", sharded, out);
        assertThat(out).doesNotExist();
    }

    private static void rewrite(Path sharded, ShardIndex good, Map<String, String> changes) throws IOException {
        Map<String, String> files = new HashMap<>(good.files());
        files.putAll(changes);
        Files.write(index(sharded), new ShardIndex(OptionalLong.empty(), files).toBytes());
    }

    @Test
    void shardsMayBeCheckpointsWithTiedTensors() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(Cli.EXAMPLE, model.resolve("pytorch_model-00001-of-00001.bin"));
        Map<String, String> files = new HashMap<>();
        Files.readAllLines(Cli.ROOT.resolve("examples/tiny-transformer.tsv")).stream()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> files.put(line.split("\t", -1)[0], "pytorch_model-00001-of-00001.bin"));
        Files.write(
                model.resolve("pytorch_model.bin.index.json"), new ShardIndex(OptionalLong.empty(), files).toBytes());
        Path out = folder.resolve("out.safetensors");
        Cli.Result result = Cli.run(
                "convert", model, out, "--rename", "^lm_=head.", "--rename", "^wte=tok", "--dtype", "bf16", "--json");
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("{\"kind\":\"renamed\",\"subject\":\"lm_head.weight\",\"detail\":\"head.head.weight\"}")
                .contains("\"kind\":\"cast\"")
                .contains("\"kind\":\"shared\"");
        try (StreamReader reader = StreamReader.open(out)) {
            assertThat(reader.metadata()).isEqualTo(Map.of("format", "pt", "head.head.weight", "tok.weight"));
        }
    }

    @Test
    void tiesFollowPrefixesAndFilters() throws IOException {
        Path out = folder.resolve("out.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, out, "--rename", "^=model.").exitCode())
                .isZero();
        assertThat(Stsw.header(out).metadata())
                .contains(Map.of("format", "pt", "model.lm_head.weight", "model.wte.weight"));
        Path next = folder.resolve("next.safetensors");
        assertThat(Cli.run("convert", out, next, "--strip-prefix", "model.").exitCode())
                .isZero();
        assertThat(Stsw.header(next).metadata()).contains(Map.of("format", "pt", "lm_head.weight", "wte.weight"));
        Cli.Result result = Cli.run("convert", next, out, "--exclude", "wte*", "--json");
        assertThat(result.out())
                .contains(
                        "{\"kind\":\"dropped\",\"subject\":\"lm_head.weight\",\"detail\":\"another name of wte.weight");
        assertThat(Stsw.header(out).metadata()).contains(Map.of("format", "pt"));
    }

    @Test
    void foldersAreSearchedAndAmbiguousOnesRefused() throws IOException {
        Path out = folder.resolve("out.safetensors");
        Path model = Files.createDirectory(folder.resolve("model"));
        isRefused(ExitCode.UNCHECKED, "without a model", "convert", model, out);
        Files.copy(Cli.EXAMPLE, model.resolve("a.pt"));
        assertThat(Cli.run("convert", model, out).exitCode()).isZero();
        Files.copy(Cli.EXAMPLE, model.resolve("b.pt"));
        isRefused(ExitCode.UNCHECKED, "more than one model (a.pt, b.pt)", "convert", model, out);
    }

    @Test
    void arraysOfNumpyAreConverted() throws IOException {
        Path numpy = Cli.ROOT.resolve("interop/golden/numpy");
        Path out = folder.resolve("out.safetensors");
        Cli.Result result = Cli.run(
                "convert",
                numpy.resolve("deflated.npz"),
                out,
                "--strip-prefix",
                "model/",
                "--exclude",
                "rep*",
                "--crc32");
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("from NumPy (npz)")
                .contains("dropped: repeated (held back by the filter)")
                .contains("renamed: model/layer.0/bias -> layer.0/bias");
        assertThat(Cli.run("verify", out).exitCode()).isZero();
        assertThat(Stsw.header(out).find("layer.0/bias")).isPresent();
        assertThat(Cli.run("inspect", numpy.resolve("large-fortran.npy"), "--json")
                        .out())
                .contains("\"name\":\"large-fortran\"")
                .contains("\"shape\":[37,41,43]");
        isRefused(ExitCode.BAD, "2 arrays, 'bad' (complex128)", "convert", numpy.resolve("complex128.npz"), out);
        Path json = Files.write(folder.resolve("config.json"), "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
        isRefused(ExitCode.BAD, "not an index of shards", "convert", json, out);
    }
}
