package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Hundreds of checkpoints that run code, escape, lie or explode: each ends in one clear error, soon. */
class HostileTest {
    /** On a loaded machine, too. {@link BombsTest} measures. */
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @TestFactory
    List<DynamicTest> hostileFilesEndInOneClearError() throws IOException {
        Map<String, Path> files = unpack();
        List<List<String>> table = Golden.table("hostile.tsv");
        assertThat(table).hasSizeGreaterThan(500);
        return table.stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.get(0) + ": " + row.get(3),
                        () -> assertTimeoutPreemptively(SOON, () -> check(files.get(row.get(0)), row.get(2)))))
                .toList();
    }

    private static void check(Path file, String verdict) throws IOException {
        try (Checkpoint checkpoint = Listing.open(file)) {
            List<String> tensors = Listing.of(checkpoint);
            if (verdict.equals("refuse")) {
                fail("was read: " + tensors);
            }
            if (verdict.equals("inert")) {
                assertThat(tensors)
                        .containsExactly(
                                "weight\tF32\t4\t4c9c4f354e74153db012329d71c8562ec23e498148174b2c49de58f45d47cdbe");
            }
        } catch (CheckpointException e) {
            assertThat(verdict).as(e.getMessage()).isNotEqualTo("inert");
            assertThat(e.getMessage())
                    .startsWith(file.getFileName() + ": ")
                    // All tensors without a form are named at once, up to a number.
                    .hasSizeLessThan(e.getMessage().contains("cannot be written: ") ? 20_000 : 1000)
                    .matches("\\P{Cntrl}+");
        }
    }

    private Map<String, Path> unpack() throws IOException {
        Map<String, Path> files = new HashMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(Golden.FOLDER.resolve("hostile.zip")))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = folder.resolve(entry.getName());
                Files.copy(zip, file);
                files.put(entry.getName(), file);
            }
        }
        return files;
    }
}
