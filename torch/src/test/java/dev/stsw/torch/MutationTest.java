package dev.stsw.torch;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of damaged files: each is read, or ends in an exception of ours, soon. The long run is FuzzTarget's. */
class MutationTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int PER_FILE = 6;
    /** Larger ones would only spend time on bytes of tensors. */
    private static final int LARGEST = 40_000;

    @TempDir
    private Path folder;

    @TestFactory
    List<DynamicTest> damagedFilesAreReadOrRefused() throws IOException {
        List<Path> seeds = new ArrayList<>();
        for (String corpus : List.of("torch", "numpy", "pickles", "archives")) {
            try (Stream<Path> files = Files.list(Golden.FOLDER.resolve(corpus))) {
                files.filter(file -> !file.toString().endsWith(".tsv")).sorted().forEach(seeds::add);
            }
        }
        return seeds.stream()
                .filter(seed -> seed.toFile().length() <= LARGEST)
                .map(seed -> DynamicTest.dynamicTest(seed.getFileName().toString(), () -> damage(seed)))
                .toList();
    }

    private void damage(Path seed) throws IOException {
        byte[] good = Files.readAllBytes(seed);
        Random random =
                new Random(good.length * 31L + seed.getFileName().toString().hashCode());
        for (int i = 0; i < PER_FILE; i++) {
            byte[] bad = damaged(good, random);
            assertTimeoutPreemptively(SOON, () -> FuzzTarget.read(Files.write(folder.resolve("damaged"), bad)));
        }
    }

    /** One to four changes: a bit, a byte, a run of bytes from elsewhere in the file, or the end cut off. */
    private static byte[] damaged(byte[] good, Random random) {
        byte[] bad = good.clone();
        for (int change = random.nextInt(4); change >= 0 && bad.length > 1; change--) {
            int at = random.nextInt(bad.length);
            switch (random.nextInt(8)) {
                case 0 -> bad = Arrays.copyOf(bad, at);
                case 1 -> {
                    int from = random.nextInt(bad.length);
                    int count = random.nextInt(Math.min(64, bad.length - Math.max(from, at)) + 1);
                    System.arraycopy(bad, from, bad, at, count);
                }
                case 2, 3, 4 -> bad[at] = (byte) random.nextInt();
                default -> bad[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
        return bad;
    }
}
