package dev.stsw.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Statistics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verify, Checksum and Inventory over a tree with good and bad files. */
class ReportsTest {
    private static final TensorSpec[] LAYERS = Zoo.layers("layer", 8, 250);

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    @AfterEach
    void settingsAsEver() {
        spark.conf().unset("fs.file.impl");
        spark.conf().unset("fs.file.impl.disable.cache");
        spark.conf().unset("spark.sql.files.maxPartitionBytes");
    }

    private List<String> paths() {
        return List.of(folder.toString());
    }

    private void zooWithBadFiles() throws IOException {
        Zoo.write(folder.resolve("good/model.safetensors"), true, LAYERS);
        Path flipped = Zoo.write(folder.resolve("flipped/model.safetensors"), true, LAYERS);
        Zoo.flip(flipped, Files.size(flipped) - 1);
        Path cut = Zoo.write(folder.resolve("cut/model.safetensors"), true, LAYERS);
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 300_000));
        Zoo.write(folder.resolve("plain/model.safetensors"), false, LAYERS);
        Files.writeString(
                folder.resolve("good/pointer.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:0");
    }

    private static List<String> problems(Dataset<Row> report) {
        boolean tensors = Arrays.asList(report.columns()).contains("tensor");
        return report.where("problem is not null").collectAsList().stream()
                .map(row -> row.<String>getAs("path")
                        + (tensors && row.getAs("tensor") != null ? " " + row.getAs("tensor") : "")
                        + ": " + row.getAs("problem"))
                .sorted()
                .toList();
    }

    private void requireEveryProblemTold(Dataset<Row> report) {
        assertThat(problems(report)).hasSize(4);
        assertThat(problems(report).get(0))
                .startsWith("cut/model.safetensors: ")
                .contains("300000");
        assertThat(problems(report).get(1))
                .isEqualTo("flipped/model.safetensors layer.7.bias: its bytes are not what was written");
        assertThat(problems(report).get(2))
                .startsWith("good/pointer.safetensors: not a safetensors file: this is a Git-LFS pointer");
        assertThat(problems(report).get(3)).isEqualTo("plain/model.safetensors: no checksums: nothing was proved");
        assertThat(report.where("ok").count()).isEqualTo(2L * LAYERS.length - 1);
    }

    @Test
    void eachBadFileIsARowAndEndsNothing() throws IOException {
        zooWithBadFiles();

        requireEveryProblemTold(Verify.of(spark, paths()));
    }

    @Test
    void whatTheDiskCannotReadIsARowToo() throws IOException {
        Zoo.write(folder.resolve("good.safetensors"), true, LAYERS);
        Zoo.write(folder.resolve("unreadable.safetensors"), true, LAYERS);
        spark.conf().set("fs.file.impl", BrokenFileSystem.class.getName());
        spark.conf().set("fs.file.impl.disable.cache", "true");

        Dataset<Row> report = Verify.of(spark, paths());

        assertThat(problems(report))
                .containsExactly("unreadable.safetensors: cannot be read: java.io.IOException: Input/output error");
        assertThat(report.where("ok").count()).isEqualTo(LAYERS.length);
        assertThat(problems(Inventory.withDuplicates(spark, paths()))).hasSize(1);
    }

    @Test
    void aFileInManyTasksHasTheSameReport() throws IOException {
        zooWithBadFiles();
        spark.conf().set("spark.sql.files.maxPartitionBytes", "70000b");

        requireEveryProblemTold(Verify.of(spark, paths()));
    }

    @Test
    void tensorsThatSpanManyTasksHaveTheChecksumOfAllTheirBytes() throws IOException {
        TensorSpec[] large = Zoo.layers("large", 2, 20_000); // 8 MB each
        Zoo.write(folder.resolve("model.safetensors"), false, large);
        spark.conf().set("spark.sql.files.maxPartitionBytes", "1500000b");

        Dataset<Row> report = Checksum.of(spark, paths());

        assertThat(problems(report)).isEmpty();
        assertThat(report.count()).isEqualTo(large.length);
        for (Row row : report.collectAsList()) {
            TensorSpec tensor = Arrays.stream(large)
                    .filter(one -> one.name().equals(row.getAs("tensor")))
                    .findFirst()
                    .orElseThrow();
            assertThat(row.<String>getAs("crc32")).isEqualTo(Zoo.hex(Zoo.crc(Zoo.bytes(tensor))));
        }
    }

    @Test
    void filesWithoutChecksumsAreProvedByAnEarlierReport() throws IOException {
        Path original = Zoo.write(folder.resolve("a/x/model.safetensors"), false, LAYERS);
        Path copy = folder.resolve("b/x/model.safetensors");
        Files.createDirectories(copy.getParent());
        Files.copy(original, copy);
        Dataset<Row> expected = Checksum.of(spark, List.of(folder.resolve("a").toString()));
        List<String> copies = List.of(folder.resolve("b").toString());

        assertThat(Verify.of(spark, copies, expected).where("ok").count()).isEqualTo(LAYERS.length);

        Zoo.flip(copy, Files.size(copy) - 1);
        Zoo.write(folder.resolve("b/new.safetensors"), false, Zoo.layers("n", 0));
        Dataset<Row> report = Verify.of(spark, copies, expected);
        assertThat(problems(report))
                .containsExactly(
                        "new.safetensors n.empty: the report does not have it",
                        "x/model.safetensors layer.7.bias: its bytes are not what the report says");

        Files.delete(copy);
        assertThat(problems(Verify.of(spark, copies, expected)))
                .hasSize(1 + LAYERS.length)
                .last()
                .asString()
                .endsWith("the report has it, but it is not there");
    }

    @Test
    void anInventoryCountsParametersAndFindsCopies() throws IOException {
        zooWithBadFiles();
        Files.createDirectories(folder.resolve("copy"));
        Files.copy(folder.resolve("good/model.safetensors"), folder.resolve("copy/renamed.safetensors"));

        Dataset<Row> report = Inventory.withDuplicates(spark, paths());

        Row good = report.where("path = 'good/model.safetensors'").head();
        assertThat(good.<Long>getAs("parameters")).isEqualTo(8 * 25_100);
        assertThat(good.<Long>getAs("tensors")).isEqualTo(17);
        assertThat(good.getJavaMap(good.fieldIndex("dtypes")))
                .isEqualTo(Map.of("F32", 8 * 25_000L, "BF16", 800L, "I64", 0L));
        assertThat(good.getJavaMap(good.fieldIndex("metadata"))).isEqualTo(Map.of("format", "pt"));
        assertThat(report.where("copies > 1").collectAsList())
                .extracting(row -> row.<String>getAs("path"))
                .containsExactlyInAnyOrder("good/model.safetensors", "copy/renamed.safetensors");
        assertThat(problems(report)).hasSize(2);
    }

    @Test
    void statisticsOfTensorsInManyTasksAreThoseOfOnePass() throws IOException {
        TensorSpec large = TensorSpec.of("large", DType.I16, 3_000_000);
        TensorSpec floats = TensorSpec.of("floats", DType.F32, 100_000);
        Zoo.write(folder.resolve("model.safetensors"), false, large, floats);
        spark.conf().set("spark.sql.files.maxPartitionBytes", "1500000b");
        Statistics expected = Statistics.of(DType.I16);
        expected.add(ByteBuffer.wrap(Zoo.bytes(large)));
        Statistics ofFloats = Statistics.of(DType.F32);
        ofFloats.add(ByteBuffer.wrap(Zoo.bytes(floats)));

        Dataset<Row> report = Stats.of(spark, paths());

        Row row = report.where("tensor = 'large'").head();
        assertThat(row.<Long>getAs("elements")).isEqualTo(3_000_000);
        assertThat(row.<Long>getAs("zeros")).isEqualTo(expected.zeros()).isPositive();
        assertThat(row.<Double>getAs("min")).isEqualTo(expected.min().getAsDouble());
        assertThat(row.<Double>getAs("max")).isEqualTo(expected.max().getAsDouble());
        assertThat(row.<Double>getAs("mean")).isCloseTo(expected.mean().getAsDouble(), within(1e-9));
        assertThat(row.<Double>getAs("std")).isCloseTo(expected.std().getAsDouble(), within(1e-9));
        // Random bits have some that are no numbers.
        assertThat(report.where("tensor = 'floats'").head().<Long>getAs("nan"))
                .isEqualTo(ofFloats.nan())
                .isPositive();
        Row column = spark.read()
                .format("safetensors")
                .load(folder.toString())
                .where("name = 'large'")
                .select("stats.zeros", "stats.max")
                .head();
        assertThat(column.getLong(0)).isEqualTo(expected.zeros());
        assertThat(column.getDouble(1)).isEqualTo(expected.max().getAsDouble());
    }

    private int exitCode(ByteArrayOutputStream said, String... args) {
        return Application.run(
                "verify",
                args,
                Arguments.of("report"),
                (session, arguments) -> Verify.of(session, arguments.paths()),
                new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @Test
    void theApplicationSaysWhatIsBadAndExitsAsTheCommandLineDoes() throws IOException {
        Path good = Zoo.write(folder.resolve("good.safetensors"), true, LAYERS);
        Path plain = Zoo.write(folder.resolve("plain.safetensors"), false, LAYERS);
        Path bad = Zoo.write(folder.resolve("bad.safetensors"), true, LAYERS);
        Zoo.flip(bad, Files.size(bad) - 1);
        ByteArrayOutputStream said = new ByteArrayOutputStream();

        assertThat(exitCode(said, good.toString())).isZero();
        assertThat(exitCode(said, plain.toString())).isEqualTo(2);
        assertThat(exitCode(said, good.toString(), plain.toString(), bad.toString()))
                .isEqualTo(1);
        assertThat(exitCode(said, folder.resolve("none").toString())).isEqualTo(2);
        assertThat(exitCode(said)).isEqualTo(2);
        assertThat(exitCode(said, "--wrong", good.toString())).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains(
                        "bad.safetensors: tensor 'layer.7.bias': its bytes are not what was written: CRC-32 expected ")
                .contains("none: there is no such file or folder")
                .contains("a path is missing")
                .contains("unknown option --wrong");
    }

    @Test
    void aReportIsKeptAsParquetOrJsonAndReadAgain() throws IOException {
        zooWithBadFiles();
        for (String name : List.of("report.parquet", "report.json")) {
            String path = folder.resolve(name).toString();

            exitCode(new ByteArrayOutputStream(), folder.toString(), "--report", path);

            assertThat(problems(Reports.read(spark, path))).hasSize(4);
        }
    }
}
