package dev.stsw.spark;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.SparkSession;

/**
 * Figures for docs/benchmarks.md, as lines of a table; benchmarks/spark.sh runs it, and plain stsw on the same files.
 *
 * <p>Arguments: a folder, and megabytes of the zoo.
 */
final class Benchmark {
    private static final int FILES = 40;

    private Benchmark() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        int megabytes = Integer.parseInt(args[1]);
        Path zoo = folder.resolve("zoo");
        int rows = Math.max(1, megabytes * 1000 / FILES / 8 * 1000 / 400);
        for (int i = 0; i < FILES; i++) {
            Zoo.write(
                    zoo.resolve(String.format(Locale.ROOT, "%02d/model.safetensors", i)),
                    true,
                    Zoo.layers("l" + i, 8, rows));
        }
        Path sparse = sparse(folder.resolve("sparse/model.safetensors"), 10L * megabytes * 1_000_000);
        Path tensor = sparse(folder.resolve("tensor/model.safetensors"), 3L * megabytes * 1_000_000);
        headers(zoo);
        for (int executors = 1; executors <= 2; executors++) {
            SparkSession spark = cluster(executors);
            String on = executors + (executors == 1 ? " executor" : " executors");
            time("first job, " + on + " (they start)", () -> spark.range(1).count());
            time(
                    "verify, " + on,
                    () -> Verify.of(spark, List.of(zoo.toString())).where("ok").count());
            String out = folder.resolve("out" + executors).toString();
            OutputOptions options =
                    OutputOptions.defaults().withMaxShardBytes(5_000_000).withCrc32(true);
            time(
                    "reshard, " + on,
                    () -> Reshard.of(spark, List.of(zoo.toString()), out, options)
                            .count());
            spark.conf().set("spark.sql.files.maxPartitionBytes", "64m");
            time(
                    "checksum of one sparse file of " + 10 * megabytes + " MB by 64 MiB, " + on,
                    () -> Checksum.of(spark, List.of(sparse.toString())).count());
            spark.conf().set("spark.sql.files.maxPartitionBytes", "100g");
            if (executors == 1) {
                long before = resident();
                time(
                        "checksum of one tensor of " + 3 * megabytes + " MB in one task",
                        () -> Checksum.of(spark, List.of(tensor.toString())).count());
                System.out.println("| resident memory of the executor at most, before and after it | " + before
                        + " MB, " + resident() + " MB |");
            }
            LocalSpark.stop();
        }
    }

    private static SparkSession cluster(int executors) throws IOException {
        LocalSpark.stop();
        return Workers.configured("local-cluster[" + executors + ",1,1024]").getOrCreate();
    }

    /** Nothing but a header is on the disk. */
    private static Path sparse(Path file, long bytes) throws IOException {
        Files.createDirectories(file.getParent());
        byte[] header = Header.of(List.of(TensorSpec.of("t", DType.U8, bytes)), null, 8, false)
                .toBytes();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(header));
            channel.write(ByteBuffer.wrap(new byte[1]), header.length + bytes - 1);
        }
        return file;
    }

    private static void headers(Path zoo) {
        SparkSession spark = LocalSpark.session();
        long before = bytesRead();
        time(
                "dtypes of " + FILES + " files, headers alone",
                () -> spark.read()
                        .format("safetensors")
                        .load(zoo.toString())
                        .groupBy("dtype")
                        .count()
                        .count());
        System.out.println("| bytes read for it | " + (bytesRead() - before) + " |");
        before = bytesRead();
        time(
                "data of the tensors of dtype BF16",
                () -> spark.read()
                        .format("safetensors")
                        .load(zoo.toString())
                        .where("dtype = 'BF16'")
                        .select("data")
                        .collectAsList()
                        .size());
        System.out.println("| bytes read for it | " + (bytesRead() - before) + " |");
        LocalSpark.stop();
    }

    private static long bytesRead() {
        return FileSystem.getGlobalStorageStatistics().get("file").getLong("bytesRead");
    }

    private static void time(String what, Supplier<Object> work) {
        long start = System.nanoTime();
        Object rows = work.get();
        System.out.printf(Locale.ROOT, "| %s | %.1f s (%s rows) |%n", what, (System.nanoTime() - start) / 1e9, rows);
    }

    /** The most that an executor ever had, as Linux counts it. */
    private static long resident() throws IOException {
        long most = 0;
        for (ProcessHandle executor : Workers.executors()) {
            for (String line : Files.readAllLines(Path.of("/proc/" + executor.pid() + "/status"))) {
                if (line.startsWith("VmHWM:")) {
                    most = Math.max(most, Long.parseLong(line.replaceAll("\\D", "")) / 1000);
                }
            }
        }
        return most;
    }
}
