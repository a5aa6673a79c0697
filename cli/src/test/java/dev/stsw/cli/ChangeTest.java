package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The commands that are `convert` under the names that people look for.
class ChangeTest {
    @TempDir
    Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void aModel() {
        in = folder.resolve("in.safetensors");
        out = folder.resolve("out.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, in).exitCode()).isZero();
    }

    private void good(Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
    }

    private void wrong(String sentence, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).contains(sentence);
        assertThat(result.exitCode()).isEqualTo(2);
    }

    private byte[] asConverted(Object... options) throws IOException {
        Path converted = folder.resolve("converted.safetensors");
        Object[] arguments = new Object[options.length + 3];
        arguments[0] = "convert";
        arguments[1] = in;
        arguments[2] = converted;
        System.arraycopy(options, 0, arguments, 3, options.length);
        good(arguments);
        byte[] bytes = Files.readAllBytes(converted);
        Files.delete(converted);
        return bytes;
    }

    @Test
    void castIsConvertWithADtype() throws IOException {
        byte[] expected = asConverted("--dtype", "f16", "--crc32");
        good("cast", in, "--dtype", "half", "-o", out, "--crc32");
        assertThat(out).hasBinaryContent(expected);
        wrong("to which dtype?", "cast", in, "-o", out);
    }

    @Test
    void renameIsConvertWithOtherNames() throws IOException {
        byte[] expected = asConverted("--rename", "^h\\.=layers.", "--strip-prefix", "wte.");
        good("rename", in, "--rename", "^h\\.=layers.", "-o", out, "--strip-prefix", "wte.");
        assertThat(out).hasBinaryContent(expected);
        wrong("how?", "rename", in, "-o", out);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLinkToTheInputIsTheInput() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), in);
        wrong("is the input", "cast", in, "--dtype", "f16", "-o", link);
    }

    @Test
    void theInputIsReplacedOnlyWhereThatWasAskedFor() throws IOException {
        byte[] before = Files.readAllBytes(in);
        wrong("is the input", "cast", in, "--dtype", "f16", "-o", in);
        wrong("where to?", "cast", in, "--dtype", "f16");
        wrong("contradict", "cast", in, "--dtype", "f16", "-o", out, "--in-place");
        wrong("for one file", "cast", folder, "--dtype", "f16", "--in-place");
        assertThat(in).hasBinaryContent(before);
        byte[] expected = asConverted("--dtype", "f16");
        good("cast", in, "--dtype", "f16", "--in-place");
        assertThat(in).hasBinaryContent(expected);
    }

    @Test
    void aFileOfTheModelIsNotReplacedByTheWhole() throws IOException {
        Path shards = folder.resolve("shards");
        good("convert", in, shards, "--max-shard-size", "30KB");
        Path first = shards.resolve("model-00001-of-00003.safetensors");
        byte[] before = Files.readAllBytes(first);
        wrong("is a file of the input", "convert", shards, first);
        wrong(
                "is a file of the input",
                "cast",
                shards.resolve("model.safetensors.index.json"),
                "--dtype",
                "f16",
                "-o",
                first);
        assertThat(first).hasBinaryContent(before);
    }

    @Test
    void otherDtypesAndShardsAndPipesWork() throws IOException {
        Path shards = folder.resolve("shards");
        good("convert", in, shards, "--max-shard-size", "30KB");
        good("cast", shards, "--dtype", "f32", "-o", out);
        try (StreamReader reader = StreamReader.open(out)) {
            assertThat(reader.meta("wte.weight").dtype()).isEqualTo(DType.F32);
            assertThat(reader.meta("position_ids").dtype()).isEqualTo(DType.I64);
        }
    }

    @Test
    void splitIsConvertWithALimit() throws IOException {
        Path expected = folder.resolve("expected");
        Path split = folder.resolve("split");
        good("convert", in, expected, "--max-shard-size", "30KB");
        good("split", in, split, "--max-shard-size", "30KB");
        assertThat(Cli.files(split)).hasSize(4).isEqualTo(Cli.files(expected));
        for (String file : Cli.files(split)) {
            assertThat(split.resolve(file)).hasSameBinaryContentAs(expected.resolve(file));
        }
        wrong("is there already", "split", in, split, "--max-shard-size", "30KB");
        good("split", in, folder.resolve("one"));
        assertThat(Cli.files(folder.resolve("one"))).containsExactly("model.safetensors");
    }

    @Test
    void castCanLeaveTensorsAsTheyAre() throws IOException {
        good("cast", in, "--dtype", "f16", "--include", "h.*", "--exclude", "*.ln_1.*", "-o", out);
        try (StreamReader reader = StreamReader.open(out);
                StreamReader before = StreamReader.open(in)) {
            assertThat(reader.meta("h.0.ln_2.weight").dtype()).isEqualTo(DType.F16);
            assertThat(reader.meta("h.0.ln_1.weight").dtype()).isEqualTo(DType.F32);
            assertThat(reader.meta("wte.weight").dtype()).isEqualTo(DType.BF16);
            assertThat(reader.metadata()).isEqualTo(before.metadata());
            assertThat(reader.size()).isEqualTo(before.size());
        }
        assertThat(Cli.run("cast", in, "--dtype", "f16", "--include", "nothing", "-o", out)
                        .out())
                .contains("--include 'nothing' matched no tensor's name");
    }

    @Test
    void mergedShardsAreTheFileThatWasSplit() throws IOException {
        Path shards = folder.resolve("shards");
        good("split", in, shards, "--max-shard-size", "30KB");
        Files.delete(shards.resolve("model.safetensors.index.json"));
        Path first = shards.resolve("model-00001-of-00003.safetensors");
        Path second = shards.resolve("model-00002-of-00003.safetensors");
        Path third = shards.resolve("model-00003-of-00003.safetensors");
        good("merge", third, first, second, "-o", out);
        assertThat(out).hasSameBinaryContentAs(in);
        wrong("its shard model-00002-of-00003.safetensors is missing", "merge", first, third, "-o", out);
        wrong("is a file of the input", "merge", first, second, third, "-o", third);
        assertThat(out).hasSameBinaryContentAs(in);
    }

    @Test
    void aTensorThatTwoHaveIsAnErrorUnlessOneIsChosen() throws IOException {
        Path other = folder.resolve("other.safetensors");
        good("cast", in, "--dtype", "f32", "-o", other);
        dev.stsw.Stsw.editMetadata(other, before -> Map.of("format", "np"));
        wrong("tensor 'position_ids' is in " + in, "merge", in, other, "-o", out);
        assertThat(out).doesNotExist();
        good("merge", in, other, "-o", out, "--on-conflict", "first");
        assertThat(out).hasSameBinaryContentAs(in);
        Cli.Result last = Cli.run("merge", in, other, "-o", out, "--on-conflict", "last", "--verbose");
        assertThat(last.out())
                .contains("dropped: wte.weight (of " + in + "; taken from " + other + ")")
                .contains("warning: format (metadata of " + other + " differs from an earlier input's, and was taken)");
        try (StreamReader reader = StreamReader.open(out)) {
            assertThat(reader.meta("wte.weight").dtype()).isEqualTo(DType.F32);
            assertThat(reader.metadata()).containsEntry("format", "np");
        }
    }

    @Test
    void everyBadInputIsNamedAndNothingIsWritten() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.safetensors"), "no header");
        Path gone = folder.resolve("gone.safetensors");
        Cli.Result result = Cli.run("merge", bad, in, gone, "-o", out);
        assertThat(result.err().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains(bad.toString()))
                .anyMatch(line -> line.contains(gone + ": no such file"));
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(out).doesNotExist();
    }

    @Test
    void checksumsAreKeptWhereTheInputHasThem() throws IOException {
        good("checksum", "add", in);
        byte[] expected = asConverted("--rename", "^h\\.=layers.", "--crc32");
        good("rename", in, "--rename", "^h\\.=layers.", "-o", out);
        assertThat(out).hasBinaryContent(expected);
        good("split", in, folder.resolve("shards"), "--max-shard-size", "30KB");
        good("verify", folder.resolve("shards"));
    }

    @Test
    void itsHelpHasExamples() {
        for (String name : new String[] {"cast", "rename", "merge", "split", "meta", "checksum"}) {
            assertThat(Cli.run(name, "--help").out()).contains("Examples:\n  stsw " + name + " ");
        }
    }
}
