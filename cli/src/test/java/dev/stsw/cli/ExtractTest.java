package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtractTest {
    @TempDir
    Path folder;

    private Path in;

    @BeforeEach
    void aModel() {
        in = folder.resolve("in.safetensors");
        good("convert", Cli.EXAMPLE, in, "--crc32");
    }

    private static String good(Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private void wrong(String sentence, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).contains(sentence);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(Cli.files(folder)).containsExactly("in.safetensors");
    }

    private byte[] part(String name, String slice) throws IOException {
        try (StreamReader reader = StreamReader.open(in)) {
            return reader.tensor(name).slice(slice).toByteArray();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0:10, 3", "-1", "::-7, 4:8", "..., 0", "5:5", "255, 31"})
    void partsAreCutAsNumpyCutsThem(String slice) throws IOException {
        Path raw = folder.resolve("part.raw");
        good("extract", in, "wte.weight[" + slice + "]", "-o", raw);
        assertThat(raw).hasBinaryContent(part("wte.weight", slice));
        Path shards = folder.resolve("shards");
        good("split", in, shards, "--max-shard-size", "30KB");
        good("extract", shards, "wte.weight[" + slice + "]", "-o", raw);
        assertThat(raw).hasBinaryContent(part("wte.weight", slice));
        good("extract", Cli.EXAMPLE, "wte.weight[" + slice + "]", "-o", raw);
        assertThat(raw).hasBinaryContent(part("wte.weight", slice));
    }

    @Test
    void numpyGetsWhatItLacksAsFloatsOrAsBits() throws IOException {
        Path npy = folder.resolve("wte.npy");
        assertThat(good("extract", in, "wte.weight[:2]", "-o", npy)).contains("cast: wte.weight (BF16 to F32)");
        Path back = folder.resolve("back.safetensors");
        good("convert", npy, back);
        try (StreamReader reader = StreamReader.open(back);
                StreamReader original = StreamReader.open(in)) {
            assertThat(reader.tensor("wte").toFloatArray())
                    .isEqualTo(original.tensor("wte.weight").slice(":2").toFloatArray());
        }
        assertThat(good("extract", in, "wte.weight[:2]", "--raw", "-o", npy))
                .contains("cast: wte.weight (the bits of BF16 as U16)");
        good("convert", npy, back);
        try (StreamReader reader = StreamReader.open(back)) {
            assertThat(reader.meta("wte").dtype()).isEqualTo(DType.U16);
            assertThat(reader.tensor("wte").toByteArray()).isEqualTo(part("wte.weight", ":2"));
        }
        assertThat(Files.readAllBytes(npy)).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y');
    }

    @Test
    void severalTensorsGoIntoFilesThatHoldSeveral() throws IOException {
        Path out = folder.resolve("out.safetensors");
        good("extract", in, "ln_f.bias", "--include", "h.0.*", "-o", out, "--crc32");
        good("verify", out);
        Path expected = folder.resolve("expected.safetensors");
        good("convert", in, expected, "--include", "ln_f.bias", "--include", "h.0.*", "--crc32");
        assertThat(out).hasSameBinaryContentAs(expected);
        Path npz = folder.resolve("out.npz");
        good("extract", in, "ln_f.bias", "position_ids[3:5]", "-o", npz);
        good("convert", npz, out);
        try (StreamReader reader = StreamReader.open(out)) {
            assertThat(reader.tensor("position_ids").toLongArray()).containsExactly(3, 4);
            assertThat(reader.keys()).containsExactly("position_ids", "ln_f.bias");
        }
    }

    @Test
    void mistakesAreToldBeforeAnythingIsWritten() {
        Path npy = folder.resolve("x.npy");
        wrong("no tensor 'wte.wieght', perhaps 'wte.weight'", "extract", in, "wte.wieght[0]", "-o", npy);
        wrong("'wte.weight'[0, 0, 0]: ", "extract", in, "wte.weight[0, 0, 0]", "-o", npy);
        wrong("'wte.weight'[256]: ", "extract", in, "wte.weight[256]", "-o", npy);
        wrong("'wte.weight'[a]: ", "extract", in, "wte.weight[a]", "-o", npy);
        wrong("one tensor was expected, and there are 2", "extract", in, "wte.weight", "ln_f.bias", "-o", npy);
        wrong("as what?", "extract", in, "wte.weight", "-o", folder.resolve("x.onnx"));
        wrong("which tensors?", "extract", in, "-o", npy);
        wrong("is the input", "extract", in, "wte.weight", "-o", in);
        wrong("leave --crc32", "extract", in, "wte.weight", "-o", npy, "--crc32");
    }

    @Test
    void standardOutputGetsBareBytes() throws Exception {
        Cli.Result result = Cli.run("extract", in, "position_ids[65:66]", "-o", "-");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isEmpty();
        Cli.Result letters = Cli.run("extract", in, "position_ids[:1]", "-o", "-", "--as", "npy");
        assertThat(letters.out()).contains("NUMPY").contains("'descr': '<i8'");
        assertThat(letters.err()).contains("wrote -: 1 tensor");
    }
}
