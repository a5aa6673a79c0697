package dev.stsw.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** What executors in JVMs of their own need: Spark's jars in a folder, as an installed Spark has them, and our classes. */
final class Workers {
    private Workers() {}

    /** A session whose executors are processes, and whose messages Kryo writes. */
    static SparkSession.Builder configured(String master) throws IOException {
        linkJars();
        return LocalSpark.builder(master)
                .config("spark.executor.extraClassPath", String.join(File.pathSeparator, folders()))
                .config("spark.executor.memory", "1g")
                .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    }

    /** As {@code SPARK_HOME} of the tests' environment promises. */
    static Path home() {
        return Path.of(System.getenv("SPARK_HOME"));
    }

    private static void linkJars() throws IOException {
        Path jars = Files.createDirectories(home().resolve("jars"));
        for (String entry : classPath().filter(entry -> entry.endsWith(".jar")).toList()) {
            Path jar = Path.of(entry).toAbsolutePath();
            Path link = jars.resolve(jar.getFileName());
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, jar);
            }
        }
    }

    private static List<String> folders() {
        return classPath()
                .filter(entry -> !entry.endsWith(".jar"))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .toList();
    }

    private static Stream<String> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    /** The executors' processes. */
    static List<ProcessHandle> executors() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
                .toList();
    }
}
