package dev.stsw.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of vectors, written and read. */
class VectorsTest {
    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** Vectors (id, id/2, -id) in some partitions. */
    private Dataset<Row> table(long count, int partitions) {
        return spark.range(0, count, 1, partitions)
                .select(
                        col("id"),
                        array(
                                        col("id").cast("float"),
                                        col("id").divide(2).cast("float"),
                                        col("id").multiply(-1).cast("float"))
                                .as("embedding"));
    }

    private String out() {
        return folder.resolve("vectors").toString();
    }

    private Dataset<Row> read() {
        return spark.read().format("safetensors").option("rows", "true").load(out());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("vectors"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    private void requireTable(long count) {
        assertThat(read().select(col("id"), col("values").as("embedding"))
                        .except(table(count, 1))
                        .count())
                .isZero();
        assertThat(read().count()).isEqualTo(count);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        table(1000, 3).write().format("safetensors").mode("overwrite").save(out());

        requireTable(1000);
        assertThat(files()).hasSize(4).last().asString().startsWith("part-");
        assertThat(files().get(0)).isEqualTo("model.safetensors.index.json");
        assertThat(Verify.of(spark, List.of(out())).where("ok").count()).isEqualTo(6);
    }

    @Test
    void shardsAreNoLargerThanToldAndTheIndexNamesEachTensor() throws IOException {
        table(1000, 2)
                .write()
                .format("safetensors")
                .option("maxShardSize", "2000")
                .mode("append")
                .save(out());

        requireTable(1000);
        ShardIndex index = ShardIndex.parse(Files.readAllBytes(folder.resolve("vectors/model.safetensors.index.json")));
        assertThat(index.shards()).hasSize(10);
        assertThat(index.totalSize()).hasValue(1000 * 20);
        TreeSet<String> there = new TreeSet<>();
        for (String shard : index.shards()) {
            byte[] bytes = Files.readAllBytes(folder.resolve("vectors").resolve(shard));
            int json = Header.jsonLength(ByteBuffer.wrap(bytes), bytes.length);
            Header header = Header.parse(ByteBuffer.wrap(bytes, 0, 8 + json), bytes.length);
            assertThat(header.dataSize()).isLessThanOrEqualTo(2000);
            for (TensorMeta tensor : header.tensors()) {
                assertThat(index.files().get(tensor.name())).isEqualTo(shard);
                there.add(tensor.name());
            }
        }
        assertThat(there).isEqualTo(index.files().keySet());
    }

    @Test
    void aMatrixIsDividedAmongTasksByItsRows() {
        table(5000, 1).write().format("safetensors").mode("overwrite").save(out());
        Dataset<Row> divided = spark.read()
                .format("safetensors")
                .option("rows", "true")
                .option("splitBytes", "10000")
                .load(out());

        assertThat(divided.toJavaRDD().getNumPartitions()).isGreaterThan(5);
        List<Row> rows = divided.select("row", "id").orderBy("row").collectAsList();
        assertThat(rows).hasSize(5000);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).getLong(0)).isEqualTo(i);
            assertThat(rows.get(i).getLong(1)).isEqualTo(i);
        }
    }

    @Test
    void overwritingReplacesAndAppendingAdds() throws IOException {
        table(100, 2).write().format("safetensors").mode("overwrite").save(out());
        table(50, 1).write().format("safetensors").mode("overwrite").save(out());
        requireTable(50);
        assertThat(files()).hasSize(2);

        table(60, 1)
                .where("id >= 50")
                .write()
                .format("safetensors")
                .mode("append")
                .save(out());
        requireTable(60);
        assertThat(ShardIndex.parse(Files.readAllBytes(folder.resolve("vectors/model.safetensors.index.json")))
                        .shards())
                .hasSize(2);
    }

    @Test
    void aFailedOverwriteLeavesTheOldDataAndNothingElse() throws IOException {
        table(100, 2).write().format("safetensors").mode("overwrite").save(out());
        List<String> before = files();
        Dataset<Row> bad = table(100, 4)
                .withColumn(
                        "embedding", when(col("id").equalTo(99), array(lit(1f))).otherwise(col("embedding")));

        assertThatThrownBy(() -> bad.write()
                        .format("safetensors")
                        .option("maxShardSize", "200")
                        .mode(SaveMode.Overwrite)
                        .save(out()))
                .hasStackTraceContaining("vectors differ in length: 3 and 1 elements");

        requireTable(100);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void otherDtypesAreRoundedOnTheWayAndWidenedBack() {
        table(100, 1)
                .write()
                .format("safetensors")
                .option("dtype", "bf16")
                .mode("overwrite")
                .save(out());

        assertThat(spark.read()
                        .format("safetensors")
                        .load(out())
                        .select("dtype")
                        .distinct()
                        .collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactlyInAnyOrder(DType.BF16.name(), DType.I64.name());
        requireTable(100); // All of these have few enough digits.
    }

    @Test
    void tablesThatAreNoVectorsAreRefused() {
        assertThatThrownBy(() -> table(1, 1)
                        .withColumn("text", lit("x"))
                        .write()
                        .format("safetensors")
                        .mode("append")
                        .save(out()))
                .hasStackTraceContaining("column 'text' of type string; format 'safetensors' writes one column of");
        assertThatThrownBy(() -> spark.range(3)
                        .write()
                        .format("safetensors")
                        .mode("append")
                        .save(out()))
                .hasStackTraceContaining("no column of vectors");
    }

    @Test
    void matricesOfAnyModelAreRows() throws IOException {
        Files.createDirectories(folder.resolve("vectors"));
        Zoo.write(folder.resolve("vectors/model.safetensors"), false, Zoo.layers("m", 2));

        Dataset<Row> rows = read().where("name = 'm.1.weight'");

        assertThat(rows.count()).isEqualTo(64);
        Row third = rows.where("row = 2").head();
        assertThat(third.isNullAt(3)).isTrue();
        ByteBuffer bytes = ByteBuffer.wrap(Zoo.bytes(Zoo.layers("m", 2)[2])).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        List<Float> values = third.getList(4);
        for (int i = 0; i < 100; i++) {
            assertThat(values.get(i)).isEqualTo(bytes.getFloat((200 + i) * 4));
        }
    }
}
