package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsTest {
    private static final Path GOLDEN = Cli.ROOT.resolve("interop/golden/statistics/values.safetensors");
    private static final String HEADER = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
            + "\"z\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[16,17]}}";

    @TempDir
    Path folder;

    @Test
    void jsonHasTheMembersOfTheDocumentation() throws IOException {
        Path file = file(1, -3, 0, Float.NaN);
        assertThat(Cli.run("stats", "--json", file).out())
                .isEqualTo(
                        "{\"file\":" + Cli.json(file) + ",\"tensors\":["
                                + "{\"name\":\"w\",\"dtype\":\"F32\",\"shape\":[2,2],\"count\":4,\"min\":-3.0,\"max\":1.0,\"mean\":-0.6666666666666666,\"std\":1.699673171197595,\"l2\":3.1622776601683795,\"zeros\":1,\"nan\":1,\"inf\":0},{\"name\":\"z\",\"dtype\":\"I8\",\"shape\":[1],\"count\":1,\"min\":0,\"max\":0,\"mean\":0.0,\"std\":0.0,\"l2\":0.0,\"zeros\":1,\"nan\":0,\"inf\":0}],\"nan\":1,\"inf\":0}\n");
    }

    @Test
    void theTableIsForPeople() throws IOException {
        Path file = file(1, -3, 0, Float.NEGATIVE_INFINITY);
        assertThat(Cli.run("stats", "--histogram", "4", file).out()).isEqualTo(file + """


            NAME  DTYPE  SHAPE   MIN  MAX      MEAN     STD      L2  ZEROS  NAN  INF  HISTOGRAM
            w     F32    [2, 2]   -3    1  -0.66667  1.6997  3.1623      1    0    1  |▄  █|
            z     I8     [1]       0    0         0       0       0      1    0    0  |  █ |

            2 tensors, 5 values, 0 NaN, 1 infinite
            """);
    }

    @Test
    void theyAreThoseOfNumpyForEveryType() throws IOException {
        String json = Cli.run("stats", "--json", "--histogram", "7", GOLDEN).out();
        List<String> rows = Files.readAllLines(GOLDEN.resolveSibling("values.tsv")).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(60).allSatisfy(row -> {
            String[] cells = row.split("\t", -1);
            assertThat(number(json, cells[0], "count")).isEqualTo(cells[1]);
            assertThat(number(json, cells[0], "min")).isEqualTo(cells[2].equals("-") ? "null" : shown(cells[2]));
            assertThat(number(json, cells[0], "max")).isEqualTo(cells[3].equals("-") ? "null" : shown(cells[3]));
            assertThat(number(json, cells[0], "nan")).isEqualTo(cells[8]);
            assertThat(member(json, cells[0], "histogram"))
                    .contains(cells[10].equals("-") ? "null" : "\"counts\":[" + cells[10] + "]");
        });
    }

    /// As Java writes what Python wrote.
    private static String shown(String number) {
        return number.matches("-?\\d+") ? number : Double.toString(Double.parseDouble(number));
    }

    private static String number(String json, String tensor, String member) {
        return member(json, tensor, member).replaceAll(",.*", "");
    }

    private static String member(String json, String tensor, String member) {
        Matcher found = Pattern.compile(
                        "\\{\"name\":\"" + Pattern.quote(tensor) + "\",[^{]*?\"" + member + "\":(\\{[^}]*\\}|[^,}]*)")
                .matcher(json);
        assertThat(found.find()).as(tensor + " " + member).isTrue();
        return found.group(1);
    }

    @Test
    void checkFailsForWhatIsNotFiniteAndSaysWhere() throws IOException {
        Path bad = file(1, 2, Float.NaN, Float.POSITIVE_INFINITY);
        Cli.Result result = Cli.run("stats", "--check", bad);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("stsw: " + bad + ": tensor 'w' has 1 NaN and 1 infinite values of 4\n");
        assertThat(Cli.run("stats", bad).exitCode()).isZero();
        Path good = file(1, 2, 3, 0);
        assertThat(Cli.run("stats", "--check", good).exitCode()).isZero();
        Cli.Result zeros = Cli.run("stats", "--check=zeros", "--json", good);
        assertThat(zeros.exitCode()).isEqualTo(1);
        assertThat(zeros.err()).isEqualTo("stsw: " + good + ": tensor 'z' is all zeros\n");
        assertThat(Cli.run("stats", "--check=all", good).exitCode()).isEqualTo(2);
        assertThat(Cli.run("stats", "--histogram", "0", good).exitCode()).isZero();
        assertThat(Cli.run("stats", "--histogram", "-1", good).exitCode()).isEqualTo(2);
    }

    @Test
    void checkpointsShardsAndModelsSayTheSame() throws IOException {
        Path model = folder.resolve("m.safetensors");
        Path shards = folder.resolve("shards");
        Cli.run("convert", Cli.EXAMPLE, model);
        Cli.run("convert", Cli.EXAMPLE, shards, "--max-shard-size", "20KB");
        String one = Cli.run("stats", "--json", model).out();
        String checkpoint = Cli.run("stats", "--json", Cli.EXAMPLE).out();
        String many = Cli.run("stats", "--json", shards).out();
        Matcher tensors = Pattern.compile("\\{\"name\":[^}]*\\}").matcher(one);
        int count = 0;
        while (tensors.find()) {
            assertThat(checkpoint).contains(tensors.group());
            assertThat(many).contains(tensors.group());
            count++;
        }
        assertThat(count).isEqualTo(31);
        assertThat(many).contains("\"model\":{\"file\":" + Cli.json(shards));
    }

    @Test
    void largeTensorsAreReadInPartsAndComeOutWhole() throws IOException {
        long size = (100L << 20) + 4;
        String json = "{\"w\":{\"dtype\":\"F32\",\"shape\":[" + size / 4 + "],\"data_offsets\":[0," + size + "]}}";
        Path file = Cli.write(folder.resolve("large.safetensors"), json, 0);
        long start = Files.size(file);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(start + size);
            byte[] one = {0, 0, (byte) 0x80, 0x3f};
            for (long at : new long[] {0, (48L << 20) - 4, 48L << 20, (96L << 20) - 4, 96L << 20, size - 4}) {
                out.seek(start + at);
                out.write(one);
            }
        }
        assertThat(Cli.run("stats", "--json", "--histogram", "2", file).out())
                .contains("\"count\":" + size / 4 + ",\"min\":0.0,\"max\":1.0,")
                .containsPattern("\"l2\":2.44948974278317\\d*,\"zeros\":" + (size / 4 - 6) + ",")
                .contains("\"counts\":[" + (size / 4 - 6) + ",6]");
    }

    private Path file(float... values) throws IOException {
        Path file = Cli.write(folder.resolve("m.safetensors"), HEADER, 17);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer data = ByteBuffer.wrap(bytes, bytes.length - 17, 17).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putFloat(value);
        }
        return Files.write(file, bytes);
    }
}
