package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `--dequantize` writes the values that torch makes of codes and scales, and tells what it does.
class DequantizeTest {
    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("out.safetensors");
    }

    private static Path golden(String name) {
        return Path.of(System.getProperty("stsw.root"), "interop", "golden", "quantized", name);
    }

    private static List<String[]> rows() throws IOException {
        return Files.readAllLines(golden("quantized.tsv")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .toList();
    }

    private static String sha256(MemorySegment bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toArray(ValueLayout.JAVA_BYTE)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, false", "F16, false", "F32, false", "BF16, true"})
    void everyGoldenFileComesOutAsTorchHasIt(String dtype, boolean swap) throws IOException {
        for (String file : rows().stream().map(row -> row[0]).distinct().toList()) {
            Cli.Result result = swap
                    ? Cli.run("convert", golden(file), out(), "--dequantize", "--dtype", dtype, "--swap-blocks")
                    : Cli.run("convert", golden(file), out(), "--dequantize", "--dtype", dtype);
            assertThat(result.exitCode()).as(result.err()).isZero();
            requireGolden(file, dtype, swap ? " swapped" : "");
        }
    }

    private void requireGolden(String file, String dtype, String suffix) throws IOException {
        try (StreamReader reader = StreamReader.open(out())) {
            for (String[] row : rows()) {
                if (row[0].equals(file) && row[1].endsWith(suffix) && row[2].equals(dtype)) {
                    String name = row[1].substring(0, row[1].length() - suffix.length());
                    if (!name.contains(" ")) {
                        assertThat(sha256(reader.getSlice(name))).as(name).isEqualTo(row[4]);
                        assertThat(reader.meta(name).shape().toString().replaceAll("[\\[\\] ]", ""))
                                .isEqualTo(row[3]);
                    }
                }
            }
            assertThat(reader.keys()).noneMatch(name -> name.matches(".*(weight|proj|w1)_scales?(_inv|_2)?"));
        }
    }

    @Test
    void castDoesItToo() throws IOException {
        Cli.Result result = Cli.run("cast", golden("blocks.safetensors"), "--dequantize", "-o", out());
        assertThat(result.exitCode()).as(result.err()).isZero();
        requireGolden("blocks.safetensors", "BF16", "");
    }

    @Test
    void whatWasDoneAndLeftIsTold() {
        Cli.Result result = Cli.run("convert", golden("per-tensor.safetensors"), out(), "--dequantize");
        assertThat(result.out())
                .contains("dequantized: l.weight (FP8, one scale, to BF16)\n")
                .contains("dropped: l.weight_scale (scale of a dequantized weight)\n")
                .contains("left: l.input_scale (scale of activations)\n")
                .containsPattern("warning: \\S*config.json \\(the copy of it beside the result must not have its"
                        + " 'quantization_config'")
                .doesNotContain("norm.weight");
        assertThat(Cli.run("convert", golden("per-tensor.safetensors"), out(), "--dequantize", "--json")
                        .out())
                .contains("{\"kind\":\"dequantized\",\"subject\":\"l.weight\",\"detail\":\"FP8, one scale, to BF16\"}");
    }

    @Test
    void whichWayBlocksLieIsTold() {
        Object[] plain = {"convert", golden("mxfp4.safetensors"), out(), "--dequantize"};
        assertThat(Cli.run(plain).out())
                .contains("dequantized: e.gate_up_proj (MXFP4, blocks of 1 x 32, to BF16)")
                .contains("warning: blocks keep their order, [experts, out, in]; --swap-blocks writes");
        Object[] swapped = {"convert", golden("mxfp4.safetensors"), out(), "--dequantize", "--swap-blocks"};
        assertThat(Cli.run(swapped).out())
                .contains("dequantized: e.gate_up_proj (MXFP4, blocks of 1 x 32, to BF16, last two dimensions swapped)")
                .doesNotContain("blocks keep their order");
    }

    private static Tensor fp8(int... codes) {
        byte[] data = new byte[codes.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) codes[i];
        }
        return Tensor.of(DType.F8_E4M3, Shape.of(codes.length), MemorySegment.ofArray(data));
    }

    private static Map<String, Tensor> quantized() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("m.l.weight", fp8(0x38, 0x40));
        tensors.put("m.l.weight_scale", Tensor.of(new float[] {0.5f}));
        tensors.put("m.norm.weight", Tensor.of(new float[] {1}));
        return tensors;
    }

    private float[] values(String name) throws IOException {
        try (StreamReader reader = StreamReader.open(out())) {
            return reader.tensor(name).toFloatArray();
        }
    }

    @Test
    void scalesAreFoundInOtherShardsOfAFolderAndBesideAShardThatIsNamedAlone() throws IOException {
        Map<String, Tensor> tensors = quantized();
        Tensor scale = tensors.remove("m.l.weight_scale");
        Path first = folder.resolve("model-00001-of-00002.safetensors");
        Stsw.dump(tensors, first);
        Stsw.dump(Map.of("m.l.weight_scale", scale), folder.resolve("model-00002-of-00002.safetensors"));
        Path model = Files.createDirectory(folder.resolve("model"));
        for (String name : List.of("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")) {
            Files.copy(folder.resolve(name), model.resolve(name));
        }
        for (Path in : List.of(first, model)) {
            Cli.Result result = Cli.run("convert", in, out(), "--dequantize");
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(values("m.l.weight")).containsExactly(0.5f, 1);
            try (StreamReader reader = StreamReader.open(out())) {
                assertThat(reader.keys()).containsExactlyInAnyOrder("m.l.weight", "m.norm.weight");
            }
        }
    }

    @Test
    void namesAreChosenAndChangedAfterwards() throws IOException {
        Path in = folder.resolve("in.safetensors");
        Stsw.dump(quantized(), in);
        Object[] chosen = {
            "convert",
            in,
            out(),
            "--dequantize",
            "--exclude",
            "*_scale",
            "--strip-prefix",
            "m.",
            "--rename",
            "weight$=w"
        };
        assertThat(Cli.run(chosen).exitCode()).isZero();
        assertThat(values("l.w")).containsExactly(0.5f, 1);
        Cli.Result others = Cli.run("convert", in, out(), "--dequantize", "--include", "m.norm.*");
        assertThat(others.out()).contains("warning: --dequantize found no quantized weight");
        assertThat(others.exitCode()).isZero();
    }

    @Test
    void castDequantizesOnlyWhatIsMeant() throws IOException {
        Path in = folder.resolve("in.safetensors");
        Map<String, Tensor> tensors = quantized();
        tensors.put("m.k.weight", fp8(0x38, 0x40));
        tensors.put("m.k.weight_scale", Tensor.of(new float[] {2}));
        Stsw.dump(tensors, in);
        Cli.Result result = Cli.run("cast", in, "--dequantize", "--include", "m.l.*", "-o", out());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(values("m.l.weight")).containsExactly(0.5f, 1);
        try (StreamReader reader = StreamReader.open(out())) {
            assertThat(reader.keys())
                    .containsExactlyInAnyOrder("m.l.weight", "m.k.weight", "m.k.weight_scale", "m.norm.weight");
            assertThat(reader.meta("m.k.weight").dtype()).isEqualTo(DType.F8_E4M3);
        }
    }

    @Test
    void whatOverflowsOnTheWayIsCounted() throws IOException {
        Map<String, Tensor> tensors = quantized();
        tensors.put("m.l.weight_scale", Tensor.of(new float[] {40000}));
        Path in = folder.resolve("in.safetensors");
        Stsw.dump(tensors, in);
        assertThat(Cli.run("convert", in, out(), "--dequantize", "--dtype", "fp16")
                        .out())
                .contains("overflow: m.l.weight (F8_E4M3 to F16: 1 of 2 values became infinite)");
        assertThat(values("m.l.weight")).containsExactly(40000, Float.POSITIVE_INFINITY);
    }

    @Test
    void whatCannotBeDequantizedIsRefusedUnlessNobodyWantsIt() throws IOException {
        Map<String, Tensor> tensors = quantized();
        tensors.put("m.k.qweight", Tensor.of(new int[] {1, 2}));
        tensors.put("m.k.scales", Tensor.of(new float[] {1}));
        Path in = folder.resolve("in.safetensors");
        Stsw.dump(tensors, in);
        Cli.Result result = Cli.run("convert", in, out(), "--dequantize");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("in.safetensors: tensor 'm.k.qweight' cannot be dequantized: I32 codes with the scale"
                        + " 'm.k.scales' are of no kind that is known here");
        assertThat(out()).doesNotExist();
        assertThat(Cli.run("convert", in, out(), "--dequantize", "--exclude", "m.k.*")
                        .exitCode())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "--dequantize --ignore-scales --dtype bf16, contradict each other",
        "--dequantize --dtype fp8, '--dequantize writes bf16, fp16 or fp32'",
        "--swap-blocks, --swap-blocks is for --dequantize",
    })
    void optionsThatContradictEachOtherAreRefused(String options, String words) throws IOException {
        Path in = folder.resolve("in.safetensors");
        Stsw.dump(quantized(), in);
        String[] given = options.split(" ", -1);
        Object[] arguments = new Object[given.length + 3];
        arguments[0] = "convert";
        arguments[1] = in;
        arguments[2] = out();
        System.arraycopy(given, 0, arguments, 3, given.length);
        Cli.Result result = Cli.run(arguments);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(words);
    }

    @Test
    void aConfigurationThatCannotBeReadIsTold() throws IOException {
        Path in = folder.resolve("in.safetensors");
        Stsw.dump(quantized(), in);
        Files.writeString(folder.resolve("config.json"), "{\"quantization_config\": nothing}");
        Cli.Result result = Cli.run("convert", in, out(), "--dequantize");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).containsPattern("warning: \\S*config.json \\(cannot be read: config.json at byte");
    }
}
