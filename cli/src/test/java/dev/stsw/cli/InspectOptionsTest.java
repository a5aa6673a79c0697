package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectOptionsTest {
    @TempDir
    Path folder;

    @Test
    void treeFoldsModulesThatAreAlikeAndNoOthers() throws IOException {
        Path file = file(
                "m.h.0.w:F32:2",
                "m.h.0.b:F32:1",
                "m.h.1.w:F32:2",
                "m.h.1.b:F32:1",
                "m.h.2.w:F32:3",
                "m.h.2.b:F32:1",
                "m.h.3.w:F32:2",
                "m.h.3.b:F32:1",
                "head:I8:4");
        assertThat(Cli.run("inspect", "--tree", file).out()).isEqualTo(file + """


            NAME            SHAPE  DTYPE  TENSORS  PARAMETERS  SIZE
            ├─ m.h                              8          13  52 B
            │  ├─ {0..1,3}                      6           9  36 B
            │  │  ├─ w      [2]    F32          3           6  24 B
            │  │  └─ b      [1]    F32          3           3  12 B
            │  └─ 2                             2           4  16 B
            │     ├─ w      [3]    F32          1           3  12 B
            │     └─ b      [1]    F32          1           1   4 B
            └─ head         [4]    I8           1           4   4 B

            DTYPE  TENSORS  PARAMETERS  SIZE
            I8           1           4   4 B
            F32          8          13  52 B
            total        9          17  56 B
            """);
        assertThat(Cli.run("inspect", "--tree=1", file).out())
                .contains("├─ m.h                       8          13  52 B\n")
                .doesNotContain("{0..1,3}");
        assertThat(Cli.run("inspect", "--tree=1", "--json", file).out())
                .contains(
                        "\"tree\":{\"name\":\"\",\"tensors\":9,\"parameters\":17,\"nbytes\":56,\"children\":["
                                + "{\"name\":\"m.h\",\"tensors\":8,\"parameters\":13,\"nbytes\":52},"
                                + "{\"name\":\"head\",\"tensors\":1,\"parameters\":4,\"nbytes\":4,\"dtype\":\"I8\",\"shape\":[4]}]}")
                .doesNotContain("\"tensors\":[");
    }

    @Test
    void filterAndSortChooseAndOrder() throws IOException {
        Path file = file("b.w:F32:2", "a.w:I8:3", "a.b:F32:9", "c.w:F16:1");
        assertThat(names(file, "--filter", "*.w")).containsExactly("b.w", "a.w", "c.w");
        assertThat(names(file, "--sort", "name")).containsExactly("a.b", "a.w", "b.w", "c.w");
        assertThat(names(file, "--sort", "size", "--filter", "?.w")).containsExactly("b.w", "a.w", "c.w");
        assertThat(names(file, "--sort", "dtype")).containsExactly("c.w", "b.w", "a.b", "a.w");
        assertThat(names(file, "--sort", "offset")).containsExactly("b.w", "a.w", "a.b", "c.w");
        Cli.Result nothing = Cli.run("inspect", "--filter", "x*", file);
        assertThat(nothing.err()).isEqualTo("stsw: " + file + ": --filter 'x*' matched no tensor's name\n");
        assertThat(nothing.exitCode()).isZero();
    }

    private static List<String> names(Path file, Object... options) {
        Object[] words = new Object[options.length + 3];
        words[0] = "inspect";
        words[1] = "--json";
        System.arraycopy(options, 0, words, 2, options.length);
        words[words.length - 1] = file;
        return Pattern.compile("\"name\":\"([^\"]*)\"")
                .matcher(Cli.run(words).out())
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void summaryIsTheTotalsAlone() throws IOException {
        Path file = file("a:F32:2", "b:I8:3");
        assertThat(Cli.run("inspect", "--summary", file).out()).isEqualTo(file + """


            DTYPE  TENSORS  PARAMETERS  SIZE
            I8           1           3   3 B
            F32          1           2   8 B
            total        2           5  11 B
            """);
        assertThat(Cli.run("inspect", "--summary", "--json", file).out())
                .contains("\"totals\":[{\"dtype\":\"I8\",\"tensors\":1,\"parameters\":3,\"nbytes\":3},"
                        + "{\"dtype\":\"F32\",\"tensors\":1,\"parameters\":2,\"nbytes\":8},"
                        + "{\"dtype\":\"total\",\"tensors\":2,\"parameters\":5,\"nbytes\":11}],\"metadata\":{}}");
    }

    @Test
    void metadataIsUnfoldedOrOneValueAsItIs() throws IOException {
        Path file = Cli.write(
                folder.resolve("m.safetensors"),
                "{\"__metadata__\":{\"c\":\"{\\\"a\\\":[1,{}],\\\"s\\\":\\\"x, {y}\\\"}\",\"d\":\"plain\"}}",
                0);
        assertThat(Cli.run("inspect", "--metadata", file).out()).isEqualTo(file + """

            c:
              {
                "a": [
                  1,
                  {}
                ],
                "s": "x, {y}"
              }
            d: plain
            """);
        assertThat(Cli.run("inspect", "--metadata=c", file).out()).isEqualTo("{\"a\":[1,{}],\"s\":\"x, {y}\"}\n");
        Cli.Result missing = Cli.run("inspect", "--metadata=x", file);
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.out()).isEmpty();
        assertThat(missing.err()).isEqualTo("stsw: " + file + ": no metadata key 'x'\n");
    }

    @Test
    void aLongValueIsCutOnATerminalAndSaidSo() throws IOException {
        Path file = Cli.write(
                folder.resolve("m.safetensors"), "{\"__metadata__\":{\"c\":\"" + "y".repeat(1234) + "\"}}", 0);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        Main.run(Terminal.plain(new Output(out, true), err), "inspect", file.toString());
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("c: " + "y".repeat(300) + "… (1,234 characters; inspect --metadata=c shows all)\n");
        assertThat(Cli.run("inspect", file).out()).contains("c: " + "y".repeat(1234) + "\n");
    }

    @Test
    void layoutAccountsForEveryByte() throws IOException {
        Path file = file("a:I8:3", "b:F32:2", "c:I8:1");
        String json = Cli.run("inspect", "--layout", "--json", file).out();
        long size = Files.size(file);
        long data = size - 12;
        assertThat(json)
                .contains("\"layout\":[{\"begin\":0,\"end\":8,\"what\":\"length of the header\",\"alignment\":4096},"
                        + "{\"begin\":8,\"end\":" + data + ",\"what\":\"header, with its padding\",\"alignment\":8},"
                        + "{\"begin\":" + data + ",\"end\":" + (data + 3) + ",\"what\":\"a\",")
                .contains("\"end\":" + size + ",\"what\":\"c\",");
        assertThat(Cli.run("inspect", "--layout", file).out())
                .contains("1 of 3 tensors begin between multiples of their elements' width\n")
                .containsPattern("\\d!  b\n");
    }

    @Test
    void optionsThatContradictEachOtherAreRefused() throws IOException {
        Path file = file("a:I8:3");
        for (List<String> words : List.of(
                List.of("--tree", "--summary"),
                List.of("--tree=-1"),
                List.of("--metadata", "--layout"),
                List.of("--metadata", "--sort", "name"),
                List.of("--layout", "--filter", "a"),
                List.of("--sort", "age"))) {
            Object[] all = Stream.concat(
                            Stream.of("inspect"), Stream.concat(words.stream(), Stream.of(file.toString())))
                    .toArray();
            assertThat(Cli.run(all).exitCode()).as("%s", words).isEqualTo(2);
        }
    }

    @Test
    void packedWeightsCountAsWhatTheyStandFor() throws IOException {
        Path file = file(
                "g.qweight:I32:8,8",
                "g.qzeros:I32:2,1",
                "g.scales:F16:2,8",
                "g.g_idx:I32:64",
                "q.qweight:I32:64,1",
                "q.qzeros:I32:2,1",
                "q.scales:F16:2,8",
                "n.weight:U8:32,1",
                "n.weight.absmax:F32:1",
                "n.weight.quant_map:F32:16",
                "n.weight.quant_state.bitsandbytes__nf4:U8:50",
                "x_blocks:U8:2,3,16",
                "x_scales:U8:2,3",
                "v.weight:U8:4,8",
                "v.weight_scale:F8_E4M3:4,1",
                "v.weight_scale_2:F32:1",
                "plain:U8:5",
                "z.qweight:I32:2");
        Cli.Result result = Cli.run("inspect", "--summary", file);
        assertThat(result.out())
                .contains("1 tensor of AWQ 4-bit counted as the 512 parameters that they stand for")
                .contains("1 tensor of MXFP4 counted as the 192 parameters")
                .contains("1 tensor of NVFP4 counted as the 64 parameters")
                .contains("1 tensor of bitsandbytes nf4 counted as the 64 parameters");
        assertThat(Cli.run("inspect", "--json", file).out())
                .contains("\"packed\":[{\"scheme\":\"GPTQ 4-bit\",\"tensors\":1,\"parameters\":512},");
    }

    /// @param tensors each its name, dtype and dimensions
    private Path file(String... tensors) throws IOException {
        StringBuilder header = new StringBuilder("{");
        long at = 0;
        for (String tensor : tensors) {
            String[] parts = tensor.split(":", -1);
            long elements = 1;
            for (String dimension : parts[2].split(",", -1)) {
                elements *= Long.parseLong(dimension);
            }
            long end = at + DType.valueOf(parts[1]).byteSize(elements);
            header.append(header.length() > 1 ? "," : "")
                    .append("\"" + parts[0] + "\":{\"dtype\":\"" + parts[1] + "\",\"shape\":[" + parts[2]
                            + "],\"data_offsets\":[" + at + "," + end + "]}");
            at = end;
        }
        header.append('}');
        header.append(" ".repeat((8 - header.length() % 8) % 8));
        return Cli.write(folder.resolve("m.safetensors"), header.toString(), (int) at);
    }
}
