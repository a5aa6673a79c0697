package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A thousand rounds of everything. A main class: FOLDER ONNX-FOLDER. Prints by how many kB the process has grown.
final class Rounds {
    private static final int WARM_UP = 200;
    private static final int ROUNDS = 1000;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final Path file;
    private final Path onnx;

    private Rounds(Path folder, Path onnx) throws IOException {
        this.file = folder.resolve("model.safetensors");
        this.onnx = onnx;
        Stsw.dump(Map.of("w", Tensor.of(new float[256 * 1024])), file);
    }

    public static void main(String[] args) throws IOException, OrtException {
        Rounds rounds = new Rounds(Path.of(args[0]), Path.of(args[1]));
        rounds.go(WARM_UP);
        long before = anonymousKb();
        rounds.go(ROUNDS);
        System.out.println(anonymousKb() - before);
    }

    private void go(int rounds) throws IOException, OrtException {
        for (int i = 0; i < rounds; i++) {
            go();
        }
        System.gc(); // frees the buffers of closed tensors
    }

    private void go() throws IOException, OrtException {
        try (Arena arena = Arena.ofShared();
                StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
                OnnxTensor copy = OnnxTensors.toOnnxTensor(reader.tensor("w"), environment);
                StreamReader weights = StreamReader.open(onnx.resolve("dtypes.safetensors"));
                OrtSession session = OnnxTensors.createSession(environment, onnx.resolve("dtypes.onnx"), weights)) {
            OnnxTensors.zeroCopy(reader.tensor("w"), environment, arena);
            if (OnnxTensors.fromOnnxTensor(copy).byteSize() != 1 << 20 || session.getNumInputs() != 1) {
                throw new IllegalStateException("a round went wrong");
            }
            OnnxTensors.load(reader.asSource(), environment).values().forEach(OnnxTensor::close);
        }
    }

    private static long anonymousKb() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
