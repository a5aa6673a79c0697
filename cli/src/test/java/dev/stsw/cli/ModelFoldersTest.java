package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.ShardIndex;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Models of several files as they lie on disks, by the command line.
class ModelFoldersTest {
    private static final String ONE = "model-00001-of-00003.safetensors";
    private static final String TWO = "model-00002-of-00003.safetensors";
    private static final String THREE = "model-00003-of-00003.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private static final String IN_M = "m" + File.separator;

    @TempDir
    Path folder;

    private Path model;
    private Path out;

    /// Three shards of one F32 tensor each, of 1, 2 and 3 elements.
    @BeforeEach
    void makeModel() throws IOException {
        model = Files.createDirectory(folder.resolve("m"));
        out = folder.resolve("out.safetensors");
        write(ONE, "a", 1);
        write(TWO, "b", 2);
        write(THREE, "c", 3);
    }

    private void write(String file, String tensor, int elements) throws IOException {
        write(file, Map.of(tensor, elements));
    }

    private void write(String file, Map<String, Integer> tensors) throws IOException {
        Map<String, Tensor> values = new TreeMap<>();
        tensors.forEach((name, elements) -> values.put(name, Tensor.of(new float[elements], elements)));
        Stsw.dump(values, model.resolve(file), WriteOptions.defaults().withCrc32(true));
    }

    private void index(long totalSize) throws IOException {
        ShardIndex index = new ShardIndex(OptionalLong.of(totalSize), Map.of("a", ONE, "b", TWO, "c", THREE));
        Files.write(model.resolve(INDEX), index.toBytes());
    }

    private void cut(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(model.resolve(file));
        Files.write(model.resolve(file), Arrays.copyOf(bytes, bytes.length - 1));
    }

    private static Cli.Result runs(int exitCode, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).doesNotContain("internal error").doesNotContain("Exception");
        assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(exitCode);
        return result;
    }

    @Test
    void everyBadShardIsNamedOnALineOfItsOwnAndTheOthersAreChecked() throws IOException {
        index(24);
        cut(ONE);
        Files.writeString(model.resolve(THREE), "<html>");
        for (String command : new String[] {"inspect", "verify"}) {
            Cli.Result result = runs(ExitCode.BAD, command, model);
            assertThat(result.err().lines()).hasSize(2).anyMatch(line -> line.contains(IN_M + ONE + ": "));
            assertThat(result.err()).contains(IN_M + THREE + ": ");
            assertThat(result.out()).contains(TWO);
        }
        Cli.Result result = runs(ExitCode.BAD, "convert", model, out, "--json");
        assertThat(result.err().lines()).hasSize(2).allMatch(line -> line.contains("-of-00003.safetensors: "));
        assertThat(result.out().lines()).hasSize(2).allMatch(line -> line.contains("\"error\":"));
        assertThat(out).doesNotExist();
    }

    @Test
    void missingAndBadShardsAreBothNamed() throws IOException {
        index(24);
        cut(ONE);
        Files.delete(model.resolve(THREE));
        for (Object[] command : new Object[][] {{"inspect", model}, {"verify", model}, {"convert", model, out}}) {
            assertThat(runs(ExitCode.BAD, command).err())
                    .contains("its shard " + THREE + " is missing")
                    .contains(IN_M + ONE + ": ");
        }
    }

    @Test
    void whatIsDamagedInAShardIsToldWithItsName() throws IOException {
        byte[] bytes = Files.readAllBytes(model.resolve(TWO));
        bytes[bytes.length - 1] ^= 1;
        Files.write(model.resolve(TWO), bytes);
        Cli.Result result = runs(ExitCode.BAD, "convert", model, out);
        assertThat(result.err()).contains(IN_M + TWO + ": tensor 'b'");
        assertThat(runs(ExitCode.BAD, "verify", model).out()).contains("m: FAILED (3 files, 3 tensors, 1 problem)");
    }

    @Test
    void totalsAreThoseOfAllShards() throws IOException {
        index(24);
        assertThat(runs(ExitCode.GOOD, "inspect", model).out())
                .contains("m: 3 files\n")
                .containsPattern("total +3 +6 +24 B")
                .contains("taken: " + INDEX + " (an index of 3 shards)");
        assertThat(runs(ExitCode.GOOD, "inspect", model, "--json").out().lines())
                .hasSize(3)
                .last()
                .asString()
                .endsWith("\"model\":{\"file\":" + Cli.json(model) + ",\"files\":3,\"tensors\":3,\"parameters\":6,"
                        + "\"nbytes\":24,\"notes\":[{\"kind\":\"taken\",\"subject\":\"" + INDEX
                        + "\",\"detail\":\"an index of 3 shards\"}]}}");
        assertThat(runs(ExitCode.GOOD, "verify", model).out()).contains("m: ok (3 files, 3 tensors)");
        assertThat(runs(ExitCode.GOOD, "verify", "--structure-only", model).out())
                .contains("m: structure ok (3 files, 3 tensors)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "null", "{\"total_size\":24.0}", "{\"total_size\":\"24\"}", "{\"total_size\":25}"})
    void anOddTotalSizeIsAWarning(String metadata) throws IOException {
        Files.writeString(
                model.resolve(INDEX),
                "{\"metadata\":" + metadata + ",\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + TWO + "\",\"c\":\""
                        + THREE + "\"}}");
        assertThat(runs(ExitCode.GOOD, "convert", model, out).out()).contains("warning: total_size (the index");
        assertThat(runs(ExitCode.GOOD, "verify", model).out()).contains("warning: total_size (the index");
        assertThat(runs(ExitCode.GOOD, "inspect", model).out()).contains("warning: total_size (the index");
    }

    @Test
    void verifyOfAFolderChecksEverySafetensorsFileInIt() throws IOException {
        index(24);
        write("other.safetensors", "x", 1);
        assertThat(runs(ExitCode.GOOD, "verify", model).out())
                .contains("other.safetensors: ok")
                .contains("(4 files,");
        cut("other.safetensors");
        assertThat(runs(ExitCode.BAD, "verify", model).err()).contains(IN_M + "other.safetensors: ");
        assertThat(runs(ExitCode.GOOD, "inspect", model).out())
                .contains("unused: other.safetensors (not in the index)");
        assertThat(runs(ExitCode.GOOD, "convert", model, out).out())
                .contains("unused: other.safetensors (not in the index)");
        Files.delete(model.resolve(INDEX));
        Files.delete(model.resolve(ONE));
        Files.move(model.resolve(TWO), model.resolve("two.safetensors"));
        Files.move(model.resolve(THREE), model.resolve("three.safetensors"));
        assertThat(runs(ExitCode.BAD, "verify", model).out())
                .contains("two.safetensors: ok")
                .contains("three.safetensors: ok")
                .contains("more than one model");
        assertThat(runs(ExitCode.UNCHECKED, "inspect", model).err()).contains("more than one model");
    }

    @Test
    void aLoneShardIsNotConvertedNeitherInItsFolderNorByItself() throws IOException {
        Files.delete(model.resolve(ONE));
        for (Path in : new Path[] {model, model.resolve(TWO)}) {
            assertThat(runs(ExitCode.BAD, "convert", in, out).err().lines())
                    .singleElement()
                    .asString()
                    .endsWith("its shard " + ONE + " is missing");
            assertThat(out).doesNotExist();
        }
        runs(ExitCode.GOOD, "inspect", model.resolve(TWO));
        runs(ExitCode.GOOD, "verify", model.resolve(TWO));
    }

    @Test
    void oneOfAllShardsIsConvertedWithAWarning() {
        assertThat(runs(ExitCode.GOOD, "convert", model.resolve(TWO), out).out())
                .contains("warning: " + TWO + " (one of 3 files of a model");
    }

    @Test
    void theIndexDecidesWhereATensorIsInTwoShards() throws IOException {
        write(ONE, Map.of("a", 1, "b", 9));
        index(24);
        assertThat(runs(ExitCode.GOOD, "convert", model, out).out())
                .contains("3 tensors, 24 B")
                .contains("warning: b (also in " + ONE + "; the index takes that of " + TWO + ")");
        assertThat(Stsw.header(out).find("b").orElseThrow().shape().toArray()).containsExactly(2);
        Files.delete(model.resolve(INDEX));
        assertThat(runs(ExitCode.BAD, "convert", model, folder.resolve("none")).err())
                .contains("tensor 'b' is in two files, " + ONE + " and " + TWO);
    }

    @Test
    void hiddenFilesAndFoldersAreNotLookedAt() throws IOException {
        Files.writeString(model.resolve("._" + ONE), "Mac OS X");
        Files.writeString(model.resolve("._x.safetensors.index.json"), "Mac OS X");
        Files.createDirectories(model.resolve(".cache/huggingface"));
        Files.writeString(model.resolve(".cache/x.safetensors"), "x");
        assertThat(runs(ExitCode.GOOD, "verify", model).out())
                .doesNotContain("._")
                .doesNotContain(".cache");
    }

    @Test
    void shardsMayLieInFoldersBelowTheIndex() throws IOException {
        Files.createDirectory(model.resolve("parts"));
        for (String file : new String[] {ONE, TWO, THREE}) {
            Files.move(model.resolve(file), model.resolve("parts/" + file));
        }
        String shard = "parts/" + ONE;
        Files.write(
                model.resolve(INDEX),
                new ShardIndex(OptionalLong.of(24), Map.of("a", shard, "b", "parts/" + TWO, "c", "parts/" + THREE))
                        .toBytes());
        assertThat(runs(ExitCode.GOOD, "verify", model).out()).contains(Path.of("m", "parts", TWO) + ": ok");
        runs(ExitCode.GOOD, "convert", model, out);
        Files.delete(model.resolve(INDEX));
        assertThat(runs(ExitCode.UNCHECKED, "inspect", model).err()).endsWith("hold tensors: parts\n");
    }

    @Test
    void aLinkToNothingSaysSo() throws IOException {
        Files.delete(model.resolve(TWO));
        assumeThat(Files.getFileStore(model).supportsFileAttributeView("posix")).isTrue();
        Files.createSymbolicLink(model.resolve(TWO), Path.of("../blobs/gone"));
        String sentence = TWO + " is a link to '../blobs/gone', which is not there";
        for (Object[] command : new Object[][] {{"inspect", model}, {"verify", model}, {"convert", model, out}}) {
            assertThat(runs(ExitCode.BAD, command).err().lines())
                    .singleElement()
                    .asString()
                    .endsWith(sentence);
        }
        assertThat(runs(ExitCode.UNCHECKED, "inspect", model.resolve(TWO)).err())
                .endsWith(TWO + ": a link to '../blobs/gone', which is not there\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a?b", "a:b", "x ", "nul", "con.safetensors", "a\\u0000b", "\\u00e9", "*", "../m"})
    void namesThatAreNoPathsAreOneClearLine(String name) throws IOException {
        Files.writeString(model.resolve(INDEX), "{\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + name + "\"}}");
        for (Object[] command : new Object[][] {{"inspect", model}, {"verify", model}, {"convert", model, out}}) {
            assertThat(runs(ExitCode.BAD, command).err().lines()).as(name).hasSize(1);
        }
        Cli.Result result = runs(ExitCode.BAD, "verify", model, model.resolve(ONE));
        assertThat(result.out()).contains(IN_M + ONE + ": ok");
    }

    @Test
    void aBrokenFileDoesNotKeepARunFromTheOthers() throws IOException {
        Path index = model.resolve(INDEX);
        Files.writeString(index, "{\"weight_map\":");
        Cli.Result result = runs(ExitCode.BAD, "verify", index, folder.resolve("none"), model.resolve(ONE));
        assertThat(result.err().lines()).hasSize(2);
        assertThat(result.out()).contains(ONE + ": ok");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "pipes are not in folders there")
    void aShardThatIsNoFileIsNotWaitedFor() throws IOException, InterruptedException {
        Files.delete(model.resolve(TWO));
        Process made = new ProcessBuilder("mkfifo", model.resolve(TWO).toString()).start();
        assumeThat(made.waitFor()).isZero();
        index(24);
        assertThat(runs(ExitCode.BAD, "verify", model).err()).contains("its shard " + TWO + " is a device, pipe");
    }

    @Test
    void allShardsAreClosedWhateverBecomesOfOne() {
        List<String> closed = new ArrayList<>();
        Closeable good = () -> closed.add("good");
        Closeable bad = () -> {
            throw new IOException("bad" + closed.size());
        };
        assertThatThrownBy(() -> Closing.all(List.of(bad, good, bad, good)))
                .hasMessage("bad0")
                .hasSuppressedException(new IOException("bad1"));
        assertThat(closed).hasSize(2);
    }

    @Test
    void aNameThatNoFileCanHaveDoesNotKeepARunFromTheOthers() {
        for (String command : List.of("inspect", "verify")) {
            Cli.Result result = runs(ExitCode.UNCHECKED, command, "no\0file", model.resolve(ONE));
            assertThat(result.err()).isEqualTo("stsw: no\\u0000file: cannot be a file's name on this system\n");
            assertThat(result.out()).contains(ONE);
        }
        for (Object[] files : new Object[][] {{"convert", "no\0file", out}, {"convert", model, "no\0file"}}) {
            assertThat(runs(ExitCode.UNCHECKED, files).err().lines())
                    .singleElement()
                    .asString()
                    .contains("'no\\u0000file' cannot be a file's name on this system");
        }
    }
}
