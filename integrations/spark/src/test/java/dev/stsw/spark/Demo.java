package dev.stsw.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** What docs/spark.md describes, on a small zoo: run by demo.sh. */
final class Demo {
    private Demo() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("stsw-spark-demo");
        SparkSession spark = LocalSpark.session();
        try {
            run(spark, folder);
        } finally {
            spark.stop();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(file -> file.delete());
            }
        }
    }

    private static void run(SparkSession spark, Path folder) throws IOException {
        Path zoo = folder.resolve("zoo");
        Zoo.write(zoo.resolve("good/model.safetensors"), true, Zoo.layers("layers", 8, 2500));
        Zoo.write(zoo.resolve("sharded/model-00001-of-00002.safetensors"), true, Zoo.layers("first", 4, 2500));
        Zoo.write(zoo.resolve("sharded/model-00002-of-00002.safetensors"), true, Zoo.layers("second", 4, 2500));
        Zoo.write(zoo.resolve("plain/model.safetensors"), false, Zoo.layers("layers", 2));
        Path corrupt = Zoo.write(zoo.resolve("corrupt/model.safetensors"), true, Zoo.layers("layers", 4, 2500));
        Zoo.flip(corrupt, Files.size(corrupt) - 1);
        Files.writeString(
                zoo.resolve("corrupt/pointer.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:0");
        Path checkpoint = Files.createDirectories(zoo.resolve("torch")).resolve("pytorch_model.bin");
        Files.copy(Path.of(System.getProperty("stsw.root"), "examples/tiny-transformer.pt"), checkpoint);
        List<String> paths = List.of(zoo.toString());

        say("Inventory: headers alone");
        Inventory.of(spark, paths)
                .select("path", "size", "tensors", "parameters", "checksums", "problem")
                .show(50, 60);
        say("Verify: every byte, each bad file a row");
        Verify.of(spark, paths)
                .where("not ok")
                .select("path", "tensor", "expected", "found", "problem")
                .show(50, 60);
        say("Convert: PyTorch without Python");
        Convert.of(
                        spark,
                        paths,
                        folder.resolve("converted").toString(),
                        OutputOptions.defaults().withCrc32(true))
                .select("path", "tensors", "size", "notes", "problem")
                .show(50, 60);
        say("Reshard: two shards become files of 2 MB");
        Reshard.of(
                        spark,
                        List.of(zoo.resolve("sharded").toString()),
                        folder.resolve("resharded").toString(),
                        OutputOptions.defaults().withMaxShardBytes(2_000_000).withCrc32(true))
                .selectExpr("element_at(split(out, '/'), -1) file", "tensors", "size", "problem")
                .show(50, 60);
        say("SQL: what the zoo is made of, without reading a tensor");
        spark.read()
                .format("safetensors")
                .option("ignoreCorruptFiles", "true")
                .load(zoo.toString())
                .createOrReplaceTempView("zoo");
        spark.sql("SELECT dtype, count(*) tensors, sum(nbytes) bytes FROM zoo GROUP BY dtype ORDER BY bytes DESC")
                .show();
        say("Vectors: a table of ids and arrays, written and read");
        String vectors = folder.resolve("vectors").toString();
        spark.range(0, 1000, 1, 2)
                .select(
                        col("id"),
                        array(col("id").cast("float"), col("id").multiply(2).cast("float"))
                                .as("embedding"))
                .write()
                .format("safetensors")
                .mode("overwrite")
                .save(vectors);
        spark.read()
                .format("safetensors")
                .option("rows", "true")
                .load(vectors)
                .orderBy("id")
                .drop("file")
                .show(3, 60);
    }

    private static void say(String what) {
        System.out.println("\n" + what);
    }
}
