package dev.stsw.benchmarks.frameworks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.StreamWriter;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.djl.DjlTensors;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.onnxruntime.OnnxTensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Measures single tensors in this process, and whole models, each load in a process of its own ([WholeModel]). Prints
/// tables in Markdown, medians of the rounds, all files in the page cache.
///
/// Argument: megabytes of the model; below 2,147 or DJL's own reader fails.
public final class HandOver {
    private static final int ROUNDS = 11;
    private static final int TENSOR_BYTES = 16_000_000;

    private HandOver() {}

    private interface Work {
        void run() throws Exception;
    }

    /// Runs the measurement.
    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("handover");
        Path model = folder.resolve("model.safetensors");
        Path single = folder.resolve("single.safetensors");
        try {
            write(
                    single,
                    List.of(
                            TensorSpec.of("small", DType.F32, 64, 768),
                            TensorSpec.of("large", DType.F32, TENSOR_BYTES / 4),
                            TensorSpec.of("bf16", DType.BF16, TENSOR_BYTES / 4)));
            singleTensors(single);
            List<TensorSpec> tensors = new ArrayList<>();
            for (long left = Long.parseLong(args[0]) * 1_000_000; left > 0; left -= TENSOR_BYTES) {
                tensors.add(TensorSpec.of("t" + tensors.size(), DType.F32, Math.min(left, TENSOR_BYTES) / 4));
            }
            write(model, tensors);
            WholeModel.measure(model);
        } finally {
            Files.deleteIfExists(model);
            Files.deleteIfExists(single);
            Files.deleteIfExists(folder);
        }
    }

    private static void write(Path file, List<TensorSpec> tensors) throws IOException {
        try (StreamWriter writer = StreamWriter.open(file, tensors, WriteOptions.defaults())) {
            for (TensorSpec tensor : tensors) {
                byte[] block = new byte[Math.toIntExact(tensor.byteSize())];
                Arrays.fill(block, (byte) 1);
                writer.writeBlock(tensor.name(), block);
                writer.finalizeTensor(tensor.name());
            }
        }
    }

    private static void singleTensors(Path file) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                Arena arena = Arena.ofShared();
                StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena)) {
            System.out.println("| hand-over | tensor | time | bytes copied | GB/s |");
            System.out.println("|---|---|---|---|---|");
            for (String name : List.of("small", "large")) {
                Tensor tensor = reader.tensor(name);
                report(
                        "`DjlTensors.toNDArray`",
                        tensor,
                        tensor.byteSize(),
                        () -> DjlTensors.toNDArray(tensor, manager).close());
                report(
                        "`DjlTensors.zeroCopy`",
                        tensor,
                        0,
                        () -> DjlTensors.zeroCopy(tensor, manager, arena).close());
                try (NDArray array = DjlTensors.toNDArray(tensor, manager)) {
                    report("`DjlTensors.fromNDArray`", tensor, tensor.byteSize(), () -> DjlTensors.fromNDArray(array));
                }
                report(
                        "`OnnxTensors.toOnnxTensor`",
                        tensor,
                        tensor.byteSize(),
                        () -> OnnxTensors.toOnnxTensor(tensor, environment).close());
                report(
                        "`OnnxTensors.zeroCopy`",
                        tensor,
                        0,
                        () -> OnnxTensors.zeroCopy(tensor, environment, arena).close());
                try (OnnxTensor handed = OnnxTensors.zeroCopy(tensor, environment, arena)) {
                    report(
                            "`OnnxTensors.fromOnnxTensor`",
                            tensor,
                            tensor.byteSize(),
                            () -> OnnxTensors.fromOnnxTensor(handed));
                }
            }
            Tensor narrow = reader.tensor("bf16");
            report(
                    "`DjlTensors.toNDArray` as FLOAT32",
                    narrow,
                    2 * narrow.byteSize(),
                    () -> DjlTensors.toNDArray(narrow, manager, DataType.FLOAT32)
                            .close());
        }
    }

    private static void report(String what, Tensor tensor, long bytes, Work work) throws Exception {
        long[] times = new long[ROUNDS];
        for (int round = -ROUNDS; round < ROUNDS; round++) { // the first half warms up
            long start = System.nanoTime();
            work.run();
            if (round >= 0) {
                times[round] = System.nanoTime() - start;
            }
        }
        Arrays.sort(times);
        long median = times[ROUNDS / 2];
        System.out.printf(
                Locale.ROOT,
                "| %s | %s %s | %,.1f µs | %,d | %s |%n",
                what,
                tensor.dtype(),
                tensor.shape(),
                median / 1e3,
                bytes,
                bytes == 0 ? "" : String.format(Locale.ROOT, "%.2f", bytes / (double) median));
    }
}
