package dev.stsw.benchmarks.peers;

import com.github.tjake.jlama.safetensors.SafeTensorIndex;
import com.github.tjake.jlama.tensor.AbstractTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// Jlama's reader. It maps files, and pages all of them in when it opens them.
public final class Jlama {
    private static volatile long result;

    private Jlama() {}

    /// `touch MODEL PASSES SMALL-FILE`, `open FILE` or `open-all FOLDER`.
    public static void main(String[] args) throws Exception {
        Run.print(
                switch (args[0]) {
                    case "touch" -> touch(Path.of(args[1]), Integer.parseInt(args[2]), Path.of(args[3]));
                    case "open" -> open(List.of(Path.of(args[1])));
                    case "open-all" -> open(Run.files(Path.of(args[1])));
                    default -> throw new IllegalArgumentException("unknown run: " + args[0]);
                });
    }

    private static double touch(Path model, int passes, Path small) throws Exception {
        for (int i = 0; i < 20; i++) {
            pass(small, 1);
        }
        return pass(model, passes);
    }

    private static double pass(Path file, int passes) throws Exception {
        double seconds = 0;
        long start = System.nanoTime();
        try (SafeTensorIndex index = index(file)) {
            for (int i = 0; i < passes; i++) {
                if (i > 0) {
                    start = System.nanoTime();
                }
                long sum = 0;
                for (String name : index.tensorInfoMap().keySet()) {
                    try (AbstractTensor<?, ?> tensor = index.load(name)) {
                        sum += sum(tensor.getMemorySegment());
                    }
                }
                result = sum;
                seconds = Run.since(start);
            }
        }
        return seconds;
    }

    private static long sum(MemorySegment bytes) {
        long size = bytes.byteSize();
        long sum = 0;
        for (long at = 0; at < size - size % Long.BYTES; at += Long.BYTES) {
            sum += bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
        }
        return sum;
    }

    private static double open(List<Path> files) throws Exception {
        long start = System.nanoTime();
        for (Path file : files) {
            try (SafeTensorIndex index = index(file)) {
                if (index.tensorInfoMap().isEmpty()) {
                    throw new IllegalStateException(file + ": no tensors");
                }
            }
        }
        return Run.since(start);
    }

    private static SafeTensorIndex index(Path file) {
        return SafeTensorIndex.loadSingleFile(
                file.toAbsolutePath().getParent(), file.getFileName().toString());
    }
}
