package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Stsw;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the options of `convert` refuse, and what they say of themselves.
class ConvertOptionsTest {
    @TempDir
    Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void write() throws IOException {
        in = Cli.write(
                folder.resolve("in.safetensors"),
                "{\"__metadata__\":{\"format\":\"mlx\",\"a\":\"1\"},"
                        + "\"model.w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                4);
        out = folder.resolve("out.safetensors");
    }

    private Cli.Result convert(Object... options) {
        return Cli.run(Stream.concat(Stream.of("convert", in, out), Arrays.stream(options))
                .toArray());
    }

    private void isRefused(Cli.Result result, String sentence) {
        assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .contains(sentence)
                .contains("(see stsw convert --help)")
                .doesNotContain("in.safetensors");
        assertThat(Cli.files(folder)).containsExactly("in.safetensors");
    }

    @ParameterizedTest
    @CsvSource({
        "--strip-prefix, module., 'warning: --strip-prefix ''module.'' changed no tensor''s name'",
        "--rename, ^backbone=enc, 'warning: --rename ''^backbone=enc'' changed no tensor''s name'",
        "--exclude, *.bias, 'warning: --exclude ''*.bias'' matched no tensor''s name'"
    })
    void anOptionThatMatchedNothingSaysSo(String option, String value, String warning) {
        Cli.Result result = convert(option, value);
        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines()).contains(warning);
        assertThat(convert("--strip-prefix", "model.", "--rename", "w=v", "--include", "w")
                        .out())
                .doesNotContain("warning");
    }

    @Test
    void oneOfSeveralPatternsThatMatchedNothingSaysSo() {
        assertThat(convert("--include", "model.*", "--include", "head.*").out())
                .contains("warning: --include 'head.*' matched no tensor's name")
                .doesNotContain("'model.*'");
        assertThat(Cli.run("convert", Cli.EXAMPLE, out, "--exclude", "head.*", "--exclude", "*.bias")
                        .out())
                .contains("warning: --exclude 'head.*' matched no tensor's name")
                .doesNotContain("'*.bias'");
        assertThat(Cli.run("convert", Cli.EXAMPLE, out, "--strip-prefix", "module.")
                        .out())
                .contains("warning: no tensor's name begins with 'module.'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--key=model", "--shared=keep-first", "--strict", "--max-output=5GB"})
    void whatIsForCheckpointsIsRefusedForOtherInputs(String option) {
        isRefused(convert(option), option.replaceAll("=.*", "") + " is for PyTorch checkpoints");
    }

    @Test
    void whatIsForSafetensorsIsRefusedForOtherInputs() {
        isRefused(
                Cli.run("convert", Cli.EXAMPLE, out, "--no-verify"),
                "--no-verify is for the checksums of safetensors files, and the input is PyTorch");
        assertThat(convert("--no-verify").exitCode()).isZero();
    }

    @Test
    void optionsThatContradictEachOtherAreRefused() {
        isRefused(convert("--resume", "--workers", "2"), "--resume goes by order, so it does not go with --workers");
        for (String option : List.of("--resume", "--max-shard-size=1GB", "--workers=2")) {
            isRefused(
                    Cli.run("convert", in, "-", option),
                    option.replaceAll("=.*", "") + " needs a file, and OUT is standard output");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--buffer-size, 3G",
        "--buffer-size, 1B",
        "--buffer-size, 0",
        "--buffer-size, 2GiB",
        "--workers, 0",
        "--workers, 257",
        "--max-shard-size, 0",
        "--max-shard-size, 0GB",
        "--max-shard-size, 99999999T",
        "--max-output, 0",
        "--dtype, fp61",
        "--rename, a=$1",
        "--metadata, nothing",
        "--metadata, =x",
        "--metadata, stsw.crc32=x"
    })
    void aValueThatCannotBeNamesItsOptionAndBlamesNoFile(String option, String value) {
        isRefused(convert(option, value), option);
    }

    @Test
    void aLimitNamesTheOptionThatRaisesIt() {
        assertThat(Cli.run("convert", Cli.EXAMPLE, out, "--max-output", "1KB").err())
                .contains("more than 1000 bytes")
                .contains("--max-output");
        Path numpy = Cli.ROOT.resolve("interop/golden/numpy/large-fortran.npy");
        assertThat(Cli.run("convert", numpy, out, "--max-output", "1KB").err()).contains("--max-output");
    }

    @ParameterizedTest
    @CsvSource({
        "out.pt, call it 'out.safetensors'", "model.BIN, call it 'model.safetensors'", "m.gguf, ends in .gguf",
        "m.npz, ends in .npz", "m.safetensors.gz, is not packed", "m.safetensors.index.json, an index is written by"
    })
    void anEndingOfAnotherFormatIsRefused(String name, String sentence) {
        Cli.Result result = Cli.run("convert", in, folder.resolve(name));
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(result.err().replace(folder + File.separator, "")).contains(sentence);
        assertThat(Cli.files(folder)).containsExactly("in.safetensors");
    }

    @Test
    void metadataIsAddedAndReplaced() throws IOException {
        assertThat(convert("--metadata", "format=pt", "--metadata", "b=x=y", "--metadata", "c=")
                        .exitCode())
                .isZero();
        assertThat(Stsw.header(out).metadata()).contains(Map.of("format", "pt", "a", "1", "b", "x=y", "c", ""));
        assertThat(convert("--crc32").exitCode()).isZero();
        assertThat(Stsw.header(out).metadata()).contains(Map.of("format", "mlx", "a", "1"));
    }

    @Test
    void onlyPyTorchBringsAFormatByItself() throws IOException {
        Cli.run("convert", Cli.ROOT.resolve("interop/golden/numpy/large-fortran.npy"), out);
        assertThat(Stsw.header(out).metadata()).isEmpty();
        Cli.run("convert", Cli.EXAMPLE, out, "--shared", "duplicate");
        assertThat(Stsw.header(out).metadata()).contains(Map.of("format", "pt"));
    }

    @Test
    void jsonHasTheReasonToo() {
        Cli.Result result = convert("--strict", "--json");
        assertThat(result.out()).contains("\"error\":\"--strict is for PyTorch checkpoints");
        assertThat(Files.exists(out)).isFalse();
    }
}
