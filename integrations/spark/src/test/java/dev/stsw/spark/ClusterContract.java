package dev.stsw.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With executors in processes of their own: what works in one JVM alone shows here. */
@Timeout(300)
abstract class ClusterContract {
    private final SparkSession spark = SparkSession.active();

    @TempDir
    Path folder;

    @AfterAll
    static void stopSession() {
        LocalSpark.stop();
    }

    private static Map<String, String> sums(TensorSpec... tensors) {
        Map<String, String> sums = new TreeMap<>();
        for (TensorSpec tensor : tensors) {
            sums.put(tensor.name(), Zoo.hex(Zoo.crc(Zoo.bytes(tensor))));
        }
        return sums;
    }

    private static Map<String, String> sums(Dataset<Row> report) {
        Map<String, String> sums = new TreeMap<>();
        for (Row row : report.collectAsList()) {
            assertThat(row.<String>getAs("problem")).isNull();
            sums.put(row.getAs("tensor"), row.getAs("crc32"));
        }
        return sums;
    }

    @Test
    void sumsAreTheSameWhenAnExecutorIsKilledInMidJob() throws IOException {
        TensorSpec[] large = Zoo.layers("large", 4, 50_000); // 20 MB each
        Zoo.write(folder.resolve("model.safetensors"), false, large);
        spark.conf().set("spark.sql.files.maxPartitionBytes", "1000000b");
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger lost = new AtomicInteger();
        spark.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd task) {
                if (ended.incrementAndGet() == 5) {
                    Workers.executors().get(0).destroyForcibly(); // kill -9
                }
            }

            @Override
            public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
                lost.incrementAndGet();
            }
        });

        Dataset<Row> report = Checksum.of(spark, List.of(folder.toString()));

        assertThat(sums(report)).isEqualTo(sums(large));
        assertThat(ended.get()).isGreaterThan(80);
        assertThat(lost.get()).isEqualTo(1);
        spark.conf().unset("spark.sql.files.maxPartitionBytes");
    }

    @Test
    void everyApplicationRunsOnExecutors() throws IOException {
        TensorSpec[] layers = Zoo.layers("layer", 6, 250);
        Path in = folder.resolve("in");
        Zoo.write(in.resolve("model.safetensors"), true, layers);
        Files.copy(
                Path.of(System.getProperty("stsw.root"), "interop/golden/torch/zip-every-dtype.pt"),
                in.resolve("checkpoint.pt"));
        String out = folder.resolve("out").toString();
        List<String> paths = List.of(in.toString());

        assertThat(Inventory.withDuplicates(spark, paths).count()).isEqualTo(1);
        assertThat(Convert.of(spark, paths, out, OutputOptions.defaults())
                        .where("problem is null")
                        .count())
                .isEqualTo(1);
        Reshard.of(
                spark,
                paths,
                out,
                OutputOptions.defaults().withMaxShardBytes(250_000).withCrc32(true));
        assertThat(Verify.of(spark, List.of(out + "/model-*")).where("ok").count())
                .isEqualTo(layers.length);
        assertThat(sums(Checksum.of(spark, List.of(out + "/model-*")))).isEqualTo(sums(layers));
    }

    @Test
    void theDataSourceReadsAndWritesOnExecutors() throws IOException {
        Zoo.write(folder.resolve("model.safetensors"), false, Zoo.layers("layer", 6, 250));
        String vectors = folder.resolve("vectors").toString();

        assertThat(spark.read()
                        .format("safetensors")
                        .load(folder.resolve("model.safetensors").toString())
                        .where("dtype = 'BF16'")
                        .select("name", "crc32")
                        .count())
                .isEqualTo(6);
        spark.range(0, 1000, 1, 4)
                .select(col("id"), array(col("id").cast("float")).as("vector"))
                .write()
                .format("safetensors")
                .mode("overwrite")
                .save(vectors);
        assertThat(spark.read()
                        .format("safetensors")
                        .option("rows", "true")
                        .load(vectors)
                        .where("values[0] = id")
                        .count())
                .isEqualTo(1000);
    }
}
