package dev.stsw.benchmarks;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.WriteOptions;
import dev.stsw.stream.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Our side of the runs against peers, inside one process. It prints the seconds that the work itself took, without the
/// start of the virtual machine, as one line of JSON: `{"seconds": 1.234}`. Uses what users of the library use.
public final class SideBySide {
    private SideBySide() {}

    /// `write MODEL OUT plain|crc|nosync memory|stream`, `dump MODEL OUT WORKERS`, `verify FILE SMALL-FILE`,
    /// `touch FILE PASSES SMALL-FILE`, `load FILE heap|native`, `open FILE`, `open-all FOLDER [PASSES]`,
    /// `rows-write OUT ROWS COLUMNS`, `rows-read FILE READS`, `model FOLDER`, `readers FOLDER`,
    /// and the limits: `copy FILE THREADS` and `crc BYTES THREADS`.
    public static void main(String[] args) throws Exception {
        double seconds = switch (args[0]) {
            case "write" ->
                Writing.seconds(Path.of(args[1]), Path.of(args[2]), options(args[3]), args[4].equals("memory"));
            case "dump" -> Dumping.seconds(Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]));
            case "verify" -> verify(Path.of(args[1]), Path.of(args[2]));
            case "touch" -> Touching.seconds(Path.of(args[1]), Integer.parseInt(args[2]), Path.of(args[3]));
            case "load" -> Loading.seconds(Path.of(args[1]), args[2].equals("heap"));
            case "open" -> open(List.of(Path.of(args[1])));
            case "open-all" -> open(files(Path.of(args[1])), args.length > 2 ? Integer.parseInt(args[2]) : 1);
            case "rows-write" -> Rows.write(Path.of(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case "rows-read" -> Rows.read(Path.of(args[1]), Integer.parseInt(args[2]));
            case "model" -> Shards.seconds(List.of(), Path.of(args[1]), true);
            case "readers" -> Shards.seconds(shards(Path.of(args[1])), Path.of(args[1]), false);
            case "copy" -> Limits.copy(Path.of(args[1]), Integer.parseInt(args[2]));
            case "crc" -> Limits.crc(Long.parseLong(args[1]), Integer.parseInt(args[2]));
            default -> throw new IllegalArgumentException("unknown run: " + args[0]);
        };
        System.out.printf(Locale.ROOT, "{\"seconds\": %.6f}%n", seconds);
    }

    private static WriteOptions options(String kind) {
        return WriteOptions.defaults().withCrc32(kind.equals("crc")).withDurable(!kind.equals("nosync"));
    }

    /// The last of some passes over the same files; by then the virtual machine has compiled what opens them.
    private static double open(List<Path> files, int passes) throws IOException {
        for (int i = 1; i < passes; i++) {
            open(files);
        }
        return open(files);
    }

    static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double verify(Path file, Path small) throws IOException {
        for (int i = 0; i < 3; i++) {
            requireIntact(small);
        }
        long start = System.nanoTime();
        requireIntact(file);
        return since(start);
    }

    private static void requireIntact(Path file) throws IOException {
        Verification verification = Stsw.verify(file);
        if (!verification.ok()) {
            throw new IOException(file + ": " + verification);
        }
    }

    /// Opens each file, makes each of its names, and closes it.
    private static double open(List<Path> files) throws IOException {
        long start = System.nanoTime();
        for (Path file : files) {
            try (StreamReader reader = StreamReader.open(file)) {
                long length = 0;
                for (String name : reader.keys()) {
                    length += name.length();
                }
                if (length == 0) {
                    throw new IOException(file + ": no tensors");
                }
            }
        }
        return since(start);
    }

    private static List<Path> shards(Path folder) throws IOException {
        return files(folder).stream()
                .filter(file -> file.toString().endsWith(".safetensors"))
                .toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
