package dev.stsw.benchmarks.handover;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.StreamWriter;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.arrow.ArrowTensors;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// Measures the hand-over of matrices of 768 columns to Apache Arrow, out of a mapped file in the page cache, and what
/// reading row by row costs, which is how Lucene and jvector get theirs. Prints a table in Markdown: median of the
/// rounds.
///
/// Argument: megabytes of the larger matrix.
public final class ArrowHandOver {
    private static final int COLUMNS = 768;
    private static final int ROUNDS = 15;
    private static final int ROUNDS_OF_SMALL = 5000;
    private static final long LARGE = 1_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int SMALL_ROWS = 64;

    private ArrowHandOver() {}

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /// Runs the measurement.
    public static void main(String[] args) throws IOException {
        int rows = Math.toIntExact(Long.parseLong(args[0]) * 1_000_000 / (4 * COLUMNS));
        Path folder = Files.createTempDirectory("handover");
        Path file = folder.resolve("matrices.safetensors");
        try {
            write(file, rows);
            try (Arena arena = Arena.ofShared();
                    BufferAllocator allocator = new RootAllocator()) {
                StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
                System.out.println("| hand-over | tensor | time | bytes copied | GB/s |");
                System.out.println("|---|---|---|---|---|");
                for (String name : List.of("small", "large")) {
                    measure(reader.tensor(name), allocator, arena);
                }
                measureWidening(reader.tensor("bf16"), allocator);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    private static void write(Path file, int rows) throws IOException {
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("large", DType.F32, rows, COLUMNS),
                TensorSpec.of("small", DType.F32, SMALL_ROWS, COLUMNS),
                TensorSpec.of("bf16", DType.BF16, rows, COLUMNS));
        try (StreamWriter writer = StreamWriter.open(file, tensors, WriteOptions.defaults())) {
            float[] row = new float[COLUMNS];
            for (TensorSpec tensor : tensors) {
                for (int i = 0; i < tensor.shape().dimension(0); i++) {
                    Arrays.fill(row, i);
                    writer.writeBlock(tensor.name(), row);
                }
                writer.finalizeTensor(tensor.name());
            }
        }
    }

    private static void measure(Tensor tensor, BufferAllocator allocator, Arena arena) throws IOException {
        long bytes = tensor.byteSize();
        long bits = (tensor.shape().elementCount() + tensor.shape().dimension(0)) / 8;
        report(
                "`zeroCopy`",
                tensor,
                bits,
                () -> ArrowTensors.zeroCopy(tensor, "x", allocator, arena).close());
        report(
                "`toVector`",
                tensor,
                bytes,
                () -> ArrowTensors.toVector(tensor, "x", allocator).close());
        try (var vector = ArrowTensors.toVector(tensor, "x", allocator)) {
            report("`fromVector`", tensor, bytes, () -> ArrowTensors.fromVector(vector));
        }
        report(
                "`toIpc`, to nowhere",
                tensor,
                bytes,
                () -> ArrowTensors.toIpc(Map.of("x", tensor), new Nowhere(), allocator));
        report("`readRow`, all rows", tensor, bytes, () -> readRows(tensor));
    }

    private static void measureWidening(Tensor tensor, BufferAllocator allocator) throws IOException {
        long bytes = 2 * tensor.byteSize();
        report(
                "`toVector` as F32",
                tensor,
                bytes,
                () -> ArrowTensors.toVector(tensor, "x", allocator, DType.F32).close());
        report("`readRow`, all rows", tensor, bytes, () -> readRows(tensor));
    }

    private static void readRows(Tensor tensor) {
        float[] row = new float[COLUMNS];
        for (long i = 0; i < tensor.shape().dimension(0); i++) {
            tensor.readRow(i, row);
        }
    }

    private static void report(String what, Tensor tensor, long bytes, Work work) throws IOException {
        int rounds = tensor.byteSize() > LARGE ? ROUNDS : ROUNDS_OF_SMALL;
        long[] times = new long[rounds];
        for (int round = -rounds; round < rounds; round++) { // The first half warms up.
            long start = THREADS.getCurrentThreadCpuTime();
            work.run();
            if (round >= 0) {
                times[round] = THREADS.getCurrentThreadCpuTime() - start;
            }
        }
        Arrays.sort(times);
        long median = times[rounds / 2];
        System.out.printf(
                Locale.ROOT,
                "| %s | %s %s | %s | %,d | %.2f |%n",
                what,
                tensor.dtype(),
                tensor.shape(),
                median < 1_000_000
                        ? String.format(Locale.ROOT, "%.1f µs", median / 1e3)
                        : String.format(Locale.ROOT, "%.1f ms", median / 1e6),
                bytes,
                bytes / (double) median);
    }

    /// Takes whatever comes.
    private record Nowhere() implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) {
            int count = bytes.remaining();
            bytes.position(bytes.limit());
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
