package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a hostile file costs, all of them read in one virtual machine of 128 MB: each ends within 2 seconds, and puts no
 * more on the disk than twice its size and 64 MiB.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BombsTest {
    /** Of the processor, by all threads, so that a loaded machine makes no difference. Files cost more on Windows, and Wine. */
    private static final long MOST_MILLIS = OS.WINDOWS.isCurrentOs() ? 8_000 : 2_000;

    private List<List<String>> costs = List.of();

    @BeforeAll
    void readAll(@TempDir Path folder) throws Exception {
        Path files = Files.createDirectory(folder.resolve("files"));
        List<String> names = unpack(files);
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-Dstdout.encoding=UTF-8",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        Costs.class.getName(),
                        files.toString(),
                        Files.createDirectory(folder.resolve("scratch")).toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        costs = Files.readAllLines(output).stream()
                .map(line -> List.of(line.split("\t", -1)))
                .toList();
        assertThat(costs.stream().map(row -> row.get(0))).containsExactlyInAnyOrderElementsOf(names);
    }

    /** Surefire puts modules on the module path; the child takes all as plain classes. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                Path.of(System.getProperty("basedir", "."), "target", "test-classes")
                        .toString());
    }

    private static List<String> unpack(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(Golden.FOLDER.resolve("hostile.zip")))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.copy(zip, folder.resolve(entry.getName()));
                names.add(entry.getName());
            }
        }
        names.sort(null);
        return names;
    }

    @TestFactory
    List<DynamicTest> eachHostileFileEndsSoonAndWithLittleScratch() throws IOException {
        Map<String, String> verdicts = new HashMap<>();
        Golden.table("hostile.tsv").forEach(row -> verdicts.put(row.get(0), row.get(2)));
        return costs.stream()
                .map(row -> DynamicTest.dynamicTest(row.get(0), () -> {
                    assertThat(Long.parseLong(row.get(1))).as("milliseconds").isLessThan(MOST_MILLIS);
                    assertThat(Long.parseLong(row.get(2)))
                            .as("bytes of scratch")
                            .isLessThanOrEqualTo(2 * Long.parseLong(row.get(3)) + (64 << 20));
                    assertThat(row.get(4)).isIn(List.of("read", "refused"));
                    if (verdicts.get(row.get(0)).equals("refuse")) {
                        assertThat(row.get(4)).as(row.get(5)).isEqualTo("refused");
                    }
                }))
                .toList();
    }
}
