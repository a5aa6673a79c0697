package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {
    private static final String HEADER = "{\"__metadata__\":{\"by\":\"a\\u001bb\"},"
            + "\"w\\n\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[12,16]}}";

    @TempDir
    Path folder;

    @Test
    void theTableShowsNamesShapesDtypesSizesAndTotals() throws IOException {
        Path file = Cli.write(folder.resolve("m.safetensors"), HEADER, 16);
        Cli.Result result = Cli.run("inspect", file);
        assertThat(result.out()).isEqualTo(file + """


                NAME  SHAPE   DTYPE  SIZE
                w\\n   [2, 3]  BF16   12 B
                b     []      F32     4 B

                DTYPE  TENSORS  PARAMETERS  SIZE
                BF16         1           6  12 B
                F32          1           1   4 B
                total        2           7  16 B

                METADATA
                by: a\\u001bb
                """);
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
    }

    @Test
    void jsonIsOneLineWithTheFieldsOfTheDesign() throws IOException {
        Path file = Cli.write(folder.resolve("m.safetensors"), HEADER, 16);
        int length = HEADER.length();
        assertThat(Cli.run("inspect", "--json", file).out())
                .isEqualTo(
                        "{\"file\":" + Cli.json(file) + ",\"size\":" + (8 + length + 16) + ",\"header_bytes\":" + length
                                + ",\"data_start\":" + (8 + length) + ",\"tensors\":["
                                + "{\"name\":\"w\\u000a\",\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[0,12],\"nbytes\":12},"
                                + "{\"name\":\"b\",\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[12,16],\"nbytes\":4}],"
                                + "\"metadata\":{\"by\":\"a\\u001bb\"}}\n");
    }

    @Test
    void aBadFileDoesNotKeepTheOthersFromBeingShown() throws IOException {
        Path good = Cli.write(folder.resolve("good.safetensors"), "{}", 0);
        Path bad = Cli.write(folder.resolve("bad.safetensors"), "{}", 1);
        Path missing = folder.resolve("missing.safetensors");
        Cli.Result result = Cli.run("inspect", "--json", missing, bad, good);
        assertThat(result.out().lines().toList()).hasSize(3).satisfies(lines -> {
            assertThat(lines.get(0)).isEqualTo("{\"file\":" + Cli.json(missing) + ",\"error\":\"no such file\"}");
            assertThat(lines.get(1)).startsWith("{\"file\":" + Cli.json(bad) + ",\"error\":\"");
            assertThat(lines.get(2)).startsWith("{\"file\":" + Cli.json(good) + ",\"size\":10,");
        });
        assertThat(result.err().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).startsWith("stsw: "));
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(Cli.run("inspect", missing, good).exitCode()).isEqualTo(2);
    }

    @Test
    void aCheckpointIsListedAsConvertWouldWriteIt() {
        Cli.Result result = Cli.run("inspect", Cli.EXAMPLE);
        assertThat(result.out())
                .contains("PyTorch (zip, state_dict)")
                .containsPattern("wte\\.weight +\\[256, 32] +BF16 +16\\.4 kB")
                .contains("shared: lm_head.weight (same as wte.weight)")
                .contains("dropped: epoch (int)");
        assertThat(Cli.run("inspect", "--json", Cli.EXAMPLE).out())
                .contains("{\"name\":\"wte.weight\",\"dtype\":\"BF16\",\"shape\":[256,32],\"nbytes\":16384}")
                .contains("{\"kind\":\"shared\",\"subject\":\"lm_head.weight\",\"detail\":\"wte.weight\"}");
    }
}
