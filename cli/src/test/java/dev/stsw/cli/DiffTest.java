package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void convert() {
        model = folder.resolve("model.safetensors");
        Cli.run("convert", Cli.EXAMPLE, model);
    }

    @Test
    void jsonHasTheMembersOfTheDocumentation() throws IOException {
        Path a = file("a", "\"one\":1,\"x\":2,\"v\":3,\"s\":4", "{\"k\":\"1\",\"only\":\"a\"}", "F32", 1, 2, 3, 4);
        Path b = file("b", "\"two\":1,\"x\":2,\"v\":3,\"s\":4", "{\"k\":\"2\",\"new\":\"b\"}", "F32", 1, 2, 3.5f, 4);
        assertThat(Cli.run("diff", "--json", a, b))
                .isEqualTo(new Cli.Result(
                        1,
                        "{\"a\":" + Cli.json(a) + ",\"b\":" + Cli.json(b) + ",\"equal\":false,\"only_a\":[\"one\"],"
                                + "\"only_b\":[\"two\"],\"differs\":[{\"name\":\"v\",\"reason\":\"values\","
                                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1]},\"b\":{\"dtype\":\"F32\",\"shape\":[1]},"
                                + "\"max_abs\":0.5,\"mean_abs\":0.5,\"l2\":0.5,\"rel_l2\":0.16666666666666666,"
                                + "\"cosine\":1.0,\"nan\":0,\"inf\":0}],\"close\":[],\"same\":2,\"metadata\":{"
                                + "\"only_a\":{\"only\":\"a\"},\"only_b\":{\"new\":\"b\"},"
                                + "\"differs\":{\"k\":{\"a\":\"1\",\"b\":\"2\"}}}}\n",
                        ""));
    }

    @Test
    void metadataIsToldButDoesNotDecideAndCloseIsEqual() throws IOException {
        Path a = file("a", "\"v\":1", "{\"k\":\"1\"}", "F32", 3);
        Path b = file("b", "\"v\":1", "{\"k\":\"2\"}", "F32", 3);
        Path c = file("c", "\"v\":1", "{\"k\":\"1\"}", "F32", 3.5f);
        Cli.Result equal = Cli.run("diff", a, b);
        assertThat(equal.exitCode()).isZero();
        assertThat(equal.out()).isEqualTo("""
            metadata differs: k: 1 and 2

            equal (1 tensor the same, 0 close, 0 different, 0 only in A, 0 only in B)
            """);
        Cli.Result close = Cli.run("diff", a, c, "--rtol", "0.1", "--atol", "0.2");
        assertThat(close.exitCode()).isZero();
        assertThat(close.out()).isEqualTo("""
            NAME  IS     A    B    MAX ABS  MEAN ABS   L2   REL L2  COSINE  NAN  INF
            v     close  F32  F32      0.5       0.5  0.5  0.16667       1    0    0

            equal (0 tensors the same, 1 close, 0 different, 0 only in A, 0 only in B)
            """);
        assertThat(Cli.run("diff", "--json", a, c, "--atol", "1").out())
                .contains("\"equal\":true,", "\"differs\":[],\"close\":[{\"name\":\"v\",\"max_abs\":0.5,");
        assertThat(Cli.run("diff", a, c, "--atol", "0.49").exitCode()).isEqualTo(1);
        assertThat(Cli.run("diff", a, c, "--structure-only").exitCode()).isZero();
    }

    @Test
    void anotherDtypeOrShapeDiffersAndValuesOfAnotherDtypeAreMeasured() throws IOException {
        Path a = file("a", "\"v\":1,\"w\":2", "{}", "F32", 3, 4);
        Path b = folder.resolve("b.safetensors");
        Cli.run("cast", a, "--dtype", "bf16", "-o", b);
        assertThat(Cli.run("diff", "--json", a, b).out())
                .contains("{\"name\":\"v\",\"reason\":\"dtype\",\"a\":{\"dtype\":\"F32\",\"shape\":[1]},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1]},\"max_abs\":0.0,");
        assertThat(Cli.run("diff", "--structure-only", a, b).exitCode()).isEqualTo(1);
        Path c = Cli.write(
                folder.resolve("c.safetensors"),
                "{\"v\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                        + "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                8);
        Cli.Result shapes = Cli.run("diff", a, c);
        assertThat(shapes.exitCode()).isEqualTo(1);
        assertThat(shapes.out()).containsPattern("v +shape +F32 \\[1\\] +F32 \\[1, 1\\] +- +- +- +- +- +- +-\n");
    }

    @Test
    void aFileWithNansIsEqualToItself() throws IOException {
        Path a = file("a", "\"v\":1", "{}", "F32", Float.NaN);
        assertThat(Cli.run("diff", a, a).exitCode()).isZero();
        Path b = file("b", "\"v\":1", "{}", "F32", 1);
        assertThat(Cli.run("diff", "--json", a, b).out())
                .contains(
                        "\"max_abs\":null,\"mean_abs\":null,\"l2\":null,\"rel_l2\":null,\"cosine\":null,\"nan\":1,\"inf\":0}");
        assertThat(Cli.run("diff", a, b, "--atol", "9").exitCode()).isEqualTo(1);
    }

    @Test
    void shardsAFileAndItsCheckpointAreOneModel() throws IOException {
        Path shards = folder.resolve("shards");
        Cli.run("convert", model, shards, "--max-shard-size", "20KB");
        for (List<Path> pair : List.of(
                List.of(model, shards), List.of(shards, model), List.of(Cli.EXAMPLE, shards), List.of(model, model))) {
            Cli.Result result = Cli.run("diff", pair.get(0), pair.get(1));
            assertThat(result.exitCode()).as("%s", pair).isZero();
            assertThat(result.out()).contains("equal (31 tensors the same");
        }
        byte[] bytes = Files.readAllBytes(model);
        bytes[bytes.length - 1] ^= 1;
        Path other = Files.write(folder.resolve("other.safetensors"), bytes);
        Cli.Result result = Cli.run("diff", "--json", shards, other);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out())
                .contains("\"differs\":[{\"name\":\"h.1.mask\",\"reason\":\"values\",")
                .contains("\"max_abs\":1.0,", "\"same\":30,");
    }

    @Test
    void badInputIsOneLineWithTheFilesName() throws IOException {
        Path bad = Cli.write(folder.resolve("bad.safetensors"), "{}", 1);
        Cli.Result result = Cli.run("diff", "--json", model, bad);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines()).hasSize(1).first().asString().startsWith("stsw: " + bad + ": ");
        String name = Cli.json(bad);
        assertThat(result.out())
                .startsWith("{\"a\":" + Cli.json(model) + ",\"b\":" + name + ",\"error\":"
                        + name.substring(0, name.length() - 1) + ": ");
        assertThat(Cli.run("diff", model, folder.resolve("nowhere")).exitCode()).isEqualTo(2);
        assertThat(Cli.run("diff", model).exitCode()).isEqualTo(2);
        assertThat(Cli.run("diff", "-", "-").exitCode()).isEqualTo(2);
        assertThat(Cli.run("diff", model, model, "--rtol", "-1").exitCode()).isEqualTo(2);
        Path shards = folder.resolve("shards");
        Cli.run("convert", model, shards, "--max-shard-size", "20KB");
        Files.delete(shards.resolve(Cli.files(shards).get(0)));
        assertThat(Cli.run("diff", shards, model).exitCode()).isEqualTo(1);
    }

    @Test
    void manyMissingNamesAreSummedUp() throws IOException {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            names.append(i == 0 ? "" : ",")
                    .append("\"t")
                    .append(i)
                    .append("\":")
                    .append(i + 1);
        }
        Path a = file("a", names.toString(), "{}", "F32", new float[30]);
        Path b = file("b", "\"t0\":1", "{}", "F32", 0);
        assertThat(Cli.run("diff", a, b).out().lines().toList())
                .hasSize(23)
                .contains("only in " + a + ": t1", "only in " + a + ": 9 more (--verbose lists them)");
        assertThat(Cli.run("diff", a, b, "--verbose").out().lines()).hasSize(31);
    }

    /// @param names each with its place, counted from 1, in ascending order
    private Path file(String name, String names, String metadata, String dtype, float... values) throws IOException {
        StringBuilder header = new StringBuilder("{\"__metadata__\":" + metadata);
        for (String entry : names.split(",", -1)) {
            int at = Integer.parseInt(entry.substring(entry.indexOf(':') + 1));
            header.append(',')
                    .append(entry, 0, entry.indexOf(':'))
                    .append(":{\"dtype\":\"" + dtype + "\",\"shape\":[1],\"data_offsets\":[" + (at - 1) * 4 + ","
                            + at * 4 + "]}");
        }
        Path file = Cli.write(
                folder.resolve(name + ".safetensors"), header.append('}').toString(), 4 * values.length);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        data.position(bytes.length - 4 * values.length);
        for (float value : values) {
            data.putFloat(value);
        }
        return Files.write(file, bytes);
    }
}
