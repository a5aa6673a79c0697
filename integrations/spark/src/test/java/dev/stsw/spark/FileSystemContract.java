package dev.stsw.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must hold on every file system. */
abstract class FileSystemContract {
    private static final TensorSpec[] LAYERS = Zoo.layers("layer", 6, 250);

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path local;

    /** A folder on the file system. */
    abstract String root() throws IOException;

    private String folder(String name) throws IOException {
        return root() + "/" + name;
    }

    private org.apache.hadoop.fs.Path path(String name) throws IOException {
        return new org.apache.hadoop.fs.Path(folder(name));
    }

    private FileSystem fileSystem() throws IOException {
        return path("").getFileSystem(Session.hadoopConf(spark).get());
    }

    private void put(Path file, String name) throws IOException {
        fileSystem().copyFromLocalFile(new org.apache.hadoop.fs.Path(file.toUri()), path(name));
    }

    private List<String> files(String name) throws IOException {
        List<String> files = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> all = fileSystem().listFiles(path(name), true);
        while (all.hasNext()) {
            FileStatus file = all.next();
            files.add(file.getPath().getName());
        }
        return files.stream().sorted().toList();
    }

    @Test
    void aModelIsVerifiedSplitAndReadWithOnlyWhatIsAskedFor() throws IOException {
        put(Zoo.write(local.resolve("model.safetensors"), true, LAYERS), "split/in/m/model.safetensors");
        List<String> in = List.of(folder("split/in"));

        assertThat(Verify.of(spark, in).where("ok").count()).isEqualTo(LAYERS.length);
        Dataset<Row> report = Reshard.of(
                spark,
                in,
                folder("split/out"),
                OutputOptions.defaults().withMaxShardBytes(250_000).withCrc32(true));

        assertThat(report.where("problem is not null").count()).isZero();
        assertThat(files("split/out"))
                .containsExactly(
                        "model-00001-of-00003.safetensors",
                        "model-00002-of-00003.safetensors",
                        "model-00003-of-00003.safetensors",
                        "model.safetensors.index.json");
        assertThat(Verify.of(spark, List.of(folder("split/out"))).where("ok").count())
                .isEqualTo(LAYERS.length);
        for (Row row : spark.read()
                .format("safetensors")
                .load(folder("split/out"))
                .where("name = 'layer.3.bias'")
                .select("data")
                .collectAsList()) {
            assertThat((byte[]) row.get(0)).isEqualTo(Zoo.bytes(LAYERS[7]));
        }
    }

    @Test
    void aCheckpointIsConverted() throws IOException {
        put(
                Path.of(System.getProperty("stsw.root"), "interop/golden/torch/zip-every-dtype.pt"),
                "convert/in/pytorch_model.bin");

        Dataset<Row> report = Convert.of(
                spark,
                List.of(folder("convert/in")),
                folder("convert/out"),
                OutputOptions.defaults().withCrc32(true));

        assertThat(report.where("problem is null").count()).isEqualTo(1);
        assertThat(files("convert/out")).containsExactly("model.safetensors");
        assertThat(Verify.of(spark, List.of(folder("convert/out")))
                        .where("not ok")
                        .count())
                .isZero();
    }

    @Test
    void vectorsAreWrittenReplacedAndRead() throws IOException {
        for (long count : new long[] {300, 200}) {
            spark.range(0, count, 1, 2)
                    .select(col("id"), array(col("id").cast("float")).as("vector"))
                    .write()
                    .format("safetensors")
                    .mode("overwrite")
                    .save(folder("vectors"));
        }

        assertThat(spark.read()
                        .format("safetensors")
                        .option("rows", "true")
                        .load(folder("vectors"))
                        .where("values[0] = id")
                        .count())
                .isEqualTo(200);
        assertThat(files("vectors")).hasSize(3).contains("model.safetensors.index.json");
    }

    @Test
    void aModelThatFailsLeavesNothing() throws IOException {
        Path flipped = Zoo.write(local.resolve("bad.safetensors"), true, LAYERS);
        Zoo.flip(flipped, java.nio.file.Files.size(flipped) - 1);
        put(flipped, "bad/in/bad.safetensors");
        fileSystem().mkdirs(path("bad/out"));

        Dataset<Row> report = Reshard.of(
                spark,
                List.of(folder("bad/in")),
                folder("bad/out"),
                OutputOptions.defaults().withMaxShardBytes(250_000));

        assertThat(report.where("problem is not null").count()).isEqualTo(3);
        assertThat(files("bad/out")).isEmpty();
    }
}
