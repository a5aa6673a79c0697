package dev.stsw.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What all peers share: how seconds are taken and told.
final class Run {
    private Run() {}

    static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    static void print(double seconds) {
        System.out.printf(Locale.ROOT, "{\"seconds\": %.6f}%n", seconds);
    }

    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
