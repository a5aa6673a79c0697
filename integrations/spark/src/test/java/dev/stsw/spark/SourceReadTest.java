package dev.stsw.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.Checksums;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data source as a query sees it. */
class SourceReadTest {
    private static final TensorSpec[] A = Zoo.layers("a", 20);
    private static final TensorSpec[] B = Zoo.layers("b", 3);

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    @BeforeEach
    void writeZoo() throws IOException {
        Zoo.write(folder.resolve("one/model.safetensors"), true, A);
        Zoo.write(folder.resolve("two/model.safetensors"), false, B);
        Files.writeString(folder.resolve("two/config.json"), "{}");
        Files.writeString(folder.resolve("two/_unfinished.safetensors"), "half");
    }

    private Dataset<Row> load() {
        return spark.read().format("safetensors").load(folder.toString());
    }

    private static long bytesRead() {
        return FileSystem.getGlobalStorageStatistics().get("file").getLong("bytesRead");
    }

    @Test
    void eachTensorIsARowThatTellsWhatItsHeaderTells() {
        Map<String, Row> rows =
                load().collectAsList().stream().collect(Collectors.toMap(row -> row.getString(1), Function.identity()));

        assertThat(rows).hasSize(A.length + B.length);
        Row weight = rows.get("a.0.weight");
        assertThat(weight.<String>getAs("file")).endsWith("/one/model.safetensors");
        assertThat(weight.<String>getAs("dtype")).isEqualTo("F32");
        assertThat(weight.getList(weight.fieldIndex("shape"))).isEqualTo(List.of(64L, 100L));
        assertThat(weight.<Long>getAs("nbytes")).isEqualTo(25_600);
        for (TensorSpec tensor : A) {
            String crc = Zoo.hex(Zoo.crc(Zoo.bytes(tensor)));
            assertThat(rows.get(tensor.name()).<byte[]>getAs("data")).isEqualTo(Zoo.bytes(tensor));
            assertThat(rows.get(tensor.name()).<String>getAs("crc32")).isEqualTo(crc);
            assertThat(rows.get(tensor.name()).<String>getAs("stored_crc32")).isEqualTo(crc);
        }
        assertThat(rows.get("b.0.bias").<String>getAs("stored_crc32")).isNull();
    }

    @Test
    void offsetsLeadToTheBytesInTheFile() throws IOException {
        for (Row row : load().where("name = 'b.1.bias'").collectAsList()) {
            byte[] file = Files.readAllBytes(folder.resolve("two/model.safetensors"));
            int offset = Math.toIntExact(row.<Long>getAs("offset"));
            assertThat(Arrays.copyOfRange(file, offset, offset + 200)).isEqualTo(Zoo.bytes(B[3]));
        }
    }

    /** Large enough to tell from what Hadoop reads ahead of a local file: 64 KiB each time. */
    private void writeLarge() throws IOException {
        Zoo.write(folder.resolve("one/large.safetensors"), true, Zoo.layers("l", 20, 2500));
        Zoo.write(folder.resolve("two/large.safetensors"), true, Zoo.layers("m", 5, 2500));
    }

    @Test
    void aQueryOfHeadersReadsHeadersAlone() throws IOException {
        writeLarge();
        long before = bytesRead();

        Row total = load().agg(sum("nbytes")).head();

        assertThat(total.getLong(0)).isEqualTo(23 * (25_600 + 200) + 25 * (1_000_000 + 200));
        assertThat(bytesRead() - before).isLessThan(1_000_000);
    }

    @Test
    void bytesOfTensorsThatAFilterExcludesAreNotRead() throws IOException {
        writeLarge();

        long all = bytesOf(load().select("name", "data"));
        long biases = bytesOf(load().where("dtype = 'BF16'").select("name", "data"));
        long none = bytesOf(load().where(col("name").startsWith("c.")).select("name", "data"));
        long second = bytesOf(load().where(col("file").contains("/two/")).select("name", "data"));

        assertThat(all).isGreaterThan(25_000_000);
        assertThat(biases).isBetween(48L * 200, 5_000_000L);
        assertThat(none).isLessThan(1_000_000);
        assertThat(second).isBetween(5_000_000L, 6_500_000L);
    }

    private static long bytesOf(Dataset<Row> query) {
        long before = bytesRead();
        query.collectAsList();
        return bytesRead() - before;
    }

    @Test
    void filtersGiveTheSameRowsPushedOrNot() {
        List<String> conditions = List.of(
                "name like 'a.1%'",
                "name like '%.bias'",
                "name like '%.1.%' and dtype <> 'F32'",
                "not (dtype = 'F32' or name = 'a.empty')",
                "name in ('a.0.weight', 'b.empty', 'nothing')",
                "dtype in ('I64') or nbytes > 20000",
                "'BF16' = dtype and file like '%two%'",
                "nbytes = 200 and size(shape) = 1");
        Dataset<Row> cached = load().drop("data").cache();

        for (String condition : conditions) {
            assertThat(names(load().where(condition)))
                    .as(condition)
                    .isEqualTo(names(cached.where(condition)))
                    .isNotEmpty();
        }
        cached.unpersist();
    }

    private static List<String> names(Dataset<Row> query) {
        return query.select("name").collectAsList().stream()
                .map(row -> row.getString(0))
                .sorted()
                .toList();
    }

    @Test
    void whatIsPushedShowsInThePlan() {
        String plan = ((org.apache.spark.sql.classic.Dataset<Row>)
                        load().where("dtype = 'BF16' and nbytes > 5").select("name"))
                .queryExecution()
                .executedPlan()
                .toString();

        assertThat(plan).contains("pushed filters [dtype = 'BF16'], headers only");
    }

    @Test
    void aLargeFileIsDividedAmongTasksAndEachTensorComesOnce() {
        Dataset<Row> rows = spark.read()
                .format("safetensors")
                .option("splitBytes", "100000")
                .load(folder.resolve("one").toString())
                .select("name", "crc32");

        assertThat(rows.toJavaRDD().getNumPartitions()).isEqualTo(6);
        assertThat(names(rows))
                .isEqualTo(Arrays.stream(A).map(TensorSpec::name).sorted().toList());
    }

    @Test
    void smallFilesShareATask() throws IOException {
        for (int i = 0; i < 30; i++) {
            Zoo.write(folder.resolve("small/" + i + ".safetensors"), false, Zoo.layers("s", 1));
        }

        assertThat(load().toJavaRDD().getNumPartitions()).isLessThan(4);
    }

    @Test
    void chunksOfATensorJoinToItsBytesAndItsChecksum() {
        TreeMap<String, Long> sums = new TreeMap<>();
        for (Row row : spark.read()
                .format("safetensors")
                .option("chunkBytes", "4000")
                .option("splitBytes", "50kB")
                .load(folder.resolve("one").toString())
                .select("name", "chunk", "crc32", "chunk_nbytes")
                .orderBy("name", "chunk")
                .collectAsList()) {
            long crc = Long.parseLong(row.getString(2), 16);
            sums.merge(row.getString(0), crc, (a, b) -> Checksums.combine(a, b, row.getLong(3)));
        }

        assertThat(sums).hasSize(A.length);
        for (TensorSpec tensor : A) {
            assertThat(sums.get(tensor.name())).isEqualTo(Zoo.crc(Zoo.bytes(tensor)));
        }
    }

    @Test
    void aBadFileEndsTheQueryWithItsNameOrIsPassedOver() throws IOException {
        Path bad = Files.writeString(folder.resolve("two/bad.safetensors"), "<html>Not found</html>");

        assertThatThrownBy(() -> load().count())
                .hasStackTraceContaining(bad.getFileName() + ": not a safetensors file: this is an HTML page");
        Dataset<Row> rest = spark.read()
                .format("safetensors")
                .option("ignoreCorruptFiles", "true")
                .load(folder.toString());
        assertThat(rest.count()).isEqualTo(A.length + B.length);
    }

    @Test
    void severalPathsAndPatternsAreOneTable() {
        assertThat(spark.read()
                        .format("safetensors")
                        .load(
                                folder + "/o*",
                                folder.resolve("two/model.safetensors").toString())
                        .count())
                .isEqualTo(A.length + B.length);
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThatThrownBy(() -> spark.read()
                        .format("safetensors")
                        .load(folder.resolve("nowhere").toString())
                        .count())
                .hasStackTraceContaining("nowhere: there is no such file or folder");
    }

    @Test
    void sqlKnowsItByTheSameName() {
        spark.sql("CREATE OR REPLACE TEMPORARY VIEW zoo USING safetensors OPTIONS (path '" + folder + "')");

        assertThat(spark.sql("SELECT dtype, count(*) FROM zoo GROUP BY dtype ORDER BY dtype")
                        .collectAsList())
                .hasToString("[[BF16,23], [F32,23], [I64,2]]");
    }

    @Test
    void aTensorTooLargeForACellIsReadInPieces() throws IOException {
        TensorSpec huge = TensorSpec.of("huge", DType.U8, 3L << 30);
        Path file = folder.resolve("sparse/model.safetensors");
        Files.createDirectories(file.getParent());
        byte[] header = dev.stsw.format.Header.of(List.of(huge), null, 8, false).toBytes();
        try (var channel = Files.newByteChannel(
                file, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(header));
            channel.position(header.length + huge.byteSize() - 1);
            channel.write(java.nio.ByteBuffer.wrap(new byte[1]));
        }

        assertThatThrownBy(() -> spark.read()
                        .format("safetensors")
                        .load(file.toString())
                        .select("data")
                        .collectAsList())
                .hasStackTraceContaining("option(\"chunkBytes\", \"64MiB\")");
        assertThat(spark.read()
                        .format("safetensors")
                        .option("chunkBytes", "64MiB")
                        .load(file.toString())
                        .select("chunk")
                        .count())
                .isEqualTo(48);
    }
}
