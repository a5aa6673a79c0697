package dev.stsw.benchmarks.frameworks;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.stsw.djl.DjlTensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Loads a model into DJL, in a process of its own, once: its time, and the most memory that was resident.
final class WholeModel {
    private static final int ROUNDS = 3;

    private WholeModel() {}

    /// Seconds of the load alone, and the peak of the process in bytes.
    private record Run(double seconds, long peak) {}

    static void measure(Path model) throws IOException, InterruptedException {
        readOnce(model);
        long size = Files.size(model);
        long without = run("start", model).peak();
        System.out.printf(
                Locale.ROOT,
                "%n| a model of %,d MB into DJL | s | GB/s | memory, of the tensors' |%n",
                size / 1_000_000);
        System.out.println("|---|---|---|---|");
        for (String way : List.of("load", "map", "decode")) {
            List<Run> runs = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                runs.add(run(way, model));
            }
            runs.sort(Comparator.comparingDouble(Run::seconds));
            Run median = runs.get(ROUNDS / 2);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f | %.2f |%n",
                    name(way),
                    median.seconds(),
                    size / median.seconds() / 1e9,
                    (median.peak() - without) / (double) size);
        }
    }

    private static String name(String way) {
        return switch (way) {
            case "load" -> "`DjlTensors.load`";
            case "map" -> "`DjlTensors.zeroCopy`, and one sum over all";
            default -> "`NDList.decode`";
        };
    }

    private static void readOnce(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 20];
            while (stream.read(buffer) >= 0) {
                // for the page cache
            }
        }
    }

    private static Run run(String way, Path model) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx6g", // NDList.decode takes all of the file into the heap
                        "-Dai.djl.offline=true",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WholeModel.class.getName(),
                        way,
                        model.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException(way + " failed");
        }
        int gap = printed.indexOf(' ');
        return new Run(Double.parseDouble(printed.substring(0, gap)), Long.parseLong(printed.substring(gap + 1)));
    }

    /// WAY MODEL: the process of one load.
    public static void main(String[] args) throws IOException {
        Path model = Path.of(args[1]);
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            manager.create(1f).close(); // the engine is there before the clock runs
            long start = System.nanoTime();
            long arrays = load(args[0], model, manager);
            double seconds = (System.nanoTime() - start) / 1e9;
            if (arrays < 0) {
                throw new IOException("nothing was loaded");
            }
            System.out.printf(Locale.ROOT, "%.4f %d%n", seconds, peakBytes());
        }
    }

    private static long load(String way, Path model, NDManager manager) throws IOException {
        return switch (way) {
            case "start" -> 0;
            case "load" -> DjlTensors.load(model, manager).size();
            case "map" -> {
                NDList arrays = DjlTensors.zeroCopy(model, manager);
                double sum = 0;
                for (var array : arrays) {
                    sum += array.sum().getFloat();
                }
                yield Double.isNaN(sum) ? -1 : arrays.size();
            }
            default -> {
                try (InputStream stream = Files.newInputStream(model)) {
                    yield NDList.decode(manager, stream).size();
                }
            }
        };
    }

    private static long peakBytes() throws IOException {
        return 1024
                * Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmHWM:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum();
    }
}
