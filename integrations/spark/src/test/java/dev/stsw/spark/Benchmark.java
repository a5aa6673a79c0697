package dev.stsw.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Figures for docs/benchmarks.md, as tables in Markdown; benchmarks/spark.sh runs it, and has the prose.
 *
 * <p>Arguments: a file, into which the command that starts this class goes, a line for each argument; or a folder, megabytes of
 * the zoo, and the command line of plain stsw.
 */
final class Benchmark {
    /** By their classes, because both call themselves {@code safetensors}. */
    private static final String OURS = SafetensorsSource.class.getName();

    private static final String RIVAL = "io.github.semyonsinchenko.safetensors.SafetensorsTableProvider";

    private final String plain;
    private final BenchmarkFiles files;
    private final Rounds rounds;

    private Benchmark(Path folder, int megabytes, String plain) throws IOException {
        this.rounds = new Rounds(folder);
        this.plain = plain;
        this.files = BenchmarkFiles.write(folder, megabytes);
    }

    public static void main(String[] args) throws IOException {
        if (args.length == 1) {
            List<String> command = new ArrayList<>(
                    List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), Benchmark.class.getName()));
            Files.write(Path.of(args[0]), command);
            return;
        }
        Benchmark benchmark = new Benchmark(Path.of(args[0]), Integer.parseInt(args[1]), args[2]);
        benchmark.bytesRead();
        benchmark.jobs();
        benchmark.rival();
        LocalSpark.stop();
    }

    // What a query reads.

    private void bytesRead() {
        SparkSession spark = LocalSpark.session();
        System.out.printf(
                "%n| query of %d files, %,d bytes in all | rows | bytes read |%n|---|---|---|%n",
                BenchmarkFiles.FILES, files.zooBytes());
        query("dtypes of all tensors", () -> zoo(spark).groupBy("dtype").count());
        query(
                "names and shapes of those called `%.bias`",
                () -> zoo(spark).where("name like '%.bias'").select("name", "shape"));
        query("`Inventory`", () -> Inventory.of(spark, List.of(files.zoo())));
        query(
                "`data` of one tensor of each file",
                () -> zoo(spark).where("name = 'layer.3.weight'").select("data"));
        query("`data` of all", () -> zoo(spark).select("data"));
        LocalSpark.stop();
    }

    private void query(String what, Callable<Dataset<Row>> query) {
        long before = bytesReadSoFar();
        String rows =
                Rounds.attempt(() -> Long.toString(query.call().toJavaRDD().count()));
        System.out.printf("| %s | %s | %,d |%n", what, rows, bytesReadSoFar() - before);
    }

    private static long bytesReadSoFar() {
        StorageStatistics local = FileSystem.getGlobalStorageStatistics().get("file");
        return local == null ? 0 : Objects.requireNonNull(local.getLong("bytesRead")); // null before the first file
    }

    private Dataset<Row> zoo(SparkSession spark) {
        return spark.read().format(OURS).load(files.zoo());
    }

    // What the engine costs.

    private void jobs() throws IOException {
        List<String> rows = new ArrayList<>(List.of(
                "executors start, and a job of nothing |",
                "verify " + BenchmarkFiles.FILES + " files of " + files.fileMegabytes() + " MB",
                "reshard each into three, with checksums",
                "verify one sparse file of " + files.sparseMegabytes() + " MB, by 64 MiB"));
        String all = quoted(files.all());
        rows.set(1, rows.get(1) + " | " + rounds.median(() -> Rounds.shell(plain + " verify -q " + all)));
        rows.set(2, rows.get(2) + " | " + rounds.median(this::splitEach));
        rows.set(
                3,
                rows.get(3) + " | "
                        + rounds.median(() -> Rounds.shell(plain + " verify -q " + quoted(List.of(files.sparse())))));
        List<String> memory = new ArrayList<>();
        for (int executors = 1; executors <= 2; executors++) {
            LocalSpark.stop();
            long start = System.nanoTime();
            SparkSession spark = cluster(executors);
            spark.range(1).count();
            add(rows, 0, Rounds.seconds(System.nanoTime() - start));
            add(rows, 1, rounds.median(() -> verify(spark, files.zoo())));
            add(rows, 2, rounds.median(() -> reshard(spark)));
            spark.conf().set("spark.sql.files.maxPartitionBytes", "64m");
            add(rows, 3, rounds.median(() -> verify(spark, files.sparse())));
            if (executors == 1) {
                spark.conf().set("spark.sql.files.maxPartitionBytes", "100g");
                memory.add(resident());
                String took = rounds.median(() -> verify(spark, files.tensor()));
                memory.add(resident());
                memory.add(took);
            }
        }
        System.out.printf("%n| | plain stsw | 1 executor | 2 executors |%n|---|---|---|---|%n");
        rows.forEach(row -> System.out.println("| " + row + " |"));
        System.out.printf(
                "%nAn executor (512 MB of heap, one core) verifies one tensor of %,d MB in one task: %s. The most"
                        + " memory that it had so far was %s MB before, when it had done the work above, and %s MB"
                        + " after.%n",
                files.tensorMegabytes(), memory.get(2), memory.get(0), memory.get(1));
    }

    private static void add(List<String> rows, int row, String cell) {
        rows.set(row, rows.get(row) + " | " + cell);
    }

    private static SparkSession cluster(int executors) throws IOException {
        return Workers.configured("local-cluster[" + executors + ",1,1024]")
                .config("spark.executor.memory", "512m")
                .getOrCreate();
    }

    private static Object verify(SparkSession spark, String path) {
        Dataset<Row> report = Verify.of(spark, List.of(path));
        long bad = report.where("not ok").count();
        report.unpersist();
        if (bad > 0) {
            throw new IllegalStateException(bad + " of what was just written is bad");
        }
        return report;
    }

    private Object reshard(SparkSession spark) {
        OutputOptions options =
                OutputOptions.defaults().withMaxShardBytes(files.shardBytes()).withCrc32(true);
        Dataset<Row> report = Reshard.of(spark, List.of(files.zoo()), rounds.newFolder(), options);
        if (report.where("problem is not null").count() > 0) {
            throw new IllegalStateException(
                    report.where("problem is not null").head().toString());
        }
        return report;
    }

    private Object splitEach() {
        String out = rounds.newFolder();
        return Rounds.shell("i=0; for file in " + quoted(files.all()) + "; do i=$((i + 1)); " + plain
                + " split -q --crc32 --no-sync --max-shard-size " + files.shardBytes() + " \"$file\" " + out
                + "/$i || exit 1; done");
    }

    private static String quoted(List<String> files) {
        return "'" + String.join("' '", files) + "'";
    }

    // The only other data source for such files.

    private void rival() throws IOException {
        try {
            Class.forName(RIVAL);
        } catch (ClassNotFoundException e) {
            System.out.printf("%nsafetensors-spark was not there to compare with.%n");
            return;
        }
        LocalSpark.stop();
        SparkSession spark = cluster(2);
        spark.range(1).count();
        System.out.printf("%n| on 2 executors | stsw-spark | safetensors-spark |%n|---|---|---|%n");
        pair(
                "`data` of all tensors of the files above",
                () -> sink(zoo(spark).select("data")),
                () -> sink(rivals(spark, files.zoo()).select(ofAll(rivals(spark, files.zoo()), "data"))));
        pair(
                "shapes of all",
                () -> sink(zoo(spark).select("shape")),
                () -> sink(rivals(spark, files.zoo()).select(ofAll(rivals(spark, files.zoo()), "shape"))));
        pair(
                "dtypes of all",
                () -> sink(zoo(spark).select("dtype")),
                () -> sink(rivals(spark, files.zoo()).select(ofAll(rivals(spark, files.zoo()), "dtype"))));
        pair(
                "shape of a tensor of " + files.tensorMegabytes() + " MB",
                () -> sink(spark.read().format(OURS).load(files.tensor()).select("shape")),
                () -> sink(rivals(spark, files.tensor()).select("t.shape")));
        Dataset<Row> vectors = spark.range(0, 100_000, 1, 2)
                .select(array(col("id").cast("float"), col("id").cast("float")).as("embedding"));
        pair(
                "write 100,000 vectors",
                () -> write(vectors.write().format(OURS)),
                () -> write(vectors.write()
                        .format(RIVAL)
                        .option("batch_size", "50000")
                        .option("dtype", "F32")));
    }

    private void pair(String what, Callable<Object> ours, Callable<Object> theirs) {
        System.out.printf(
                "| %s | %s | %s |%n",
                what, Rounds.attempt(() -> rounds.median(ours)), Rounds.attempt(() -> rounds.median(theirs)));
    }

    private static Dataset<Row> rivals(SparkSession spark, String path) {
        DataFrameReader reader = spark.read().format(RIVAL).option("inferSchema", "true");
        return reader.load(path);
    }

    private static Column[] ofAll(Dataset<Row> table, String field) {
        return Arrays.stream(table.columns())
                .map(name -> col("`" + name + "`." + field).as(name))
                .toArray(Column[]::new);
    }

    /** Computes all rows, and forgets them. */
    private static Object sink(Dataset<Row> rows) {
        rows.write().format("noop").mode("overwrite").save();
        return rows;
    }

    private Object write(org.apache.spark.sql.DataFrameWriter<Row> writer) {
        writer.mode("overwrite").save(rounds.newFolder());
        return writer;
    }

    /** The most megabytes that the executor ever had, as Linux counts them. */
    private static String resident() throws IOException {
        long most = 0;
        for (ProcessHandle executor : Workers.executors()) {
            try (Stream<String> lines = Files.lines(Path.of("/proc/" + executor.pid() + "/status"))) {
                for (String line :
                        lines.filter(line -> line.startsWith("VmHWM:")).toList()) {
                    most = Math.max(most, Long.parseLong(line.replaceAll("\\D", "")) / 1000);
                }
            }
        }
        return Long.toString(most);
    }
}
