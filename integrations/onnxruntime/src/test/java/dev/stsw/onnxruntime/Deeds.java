package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// What a virtual machine may not survive. A main class: DEED FILE.
final class Deeds {
    private Deeds() {}

    public static void main(String[] args) throws IOException, OrtException {
        try {
            System.out.println(
                    "done: " + doIt(args[0], Path.of(args[1])).getFloatBuffer().get(0));
        } catch (RuntimeException e) {
            System.out.println("refused: " + e.getClass().getSimpleName());
        }
    }

    private static OnnxTensor doIt(String deed, Path file) throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (Arena arena = Arena.ofShared();
                StreamReader shared = StreamReader.open(file, ReadOptions.defaults(), arena);
                StreamReader reader = StreamReader.open(file)) {
            return switch (deed) {
                case "use-after-close-by-hand" -> byHand(reader.tensor("w"), environment);
                case "use-after-close" -> OnnxTensors.toOnnxTensor(reader.tensor("w"), environment);
                case "use-after-close-zero-copy" -> OnnxTensors.zeroCopy(shared.tensor("w"), environment, arena);
                default -> throw new AssertionError(deed);
            };
        }
    }

    /// What one would write without [OnnxTensors].
    private static OnnxTensor byHand(Tensor tensor, OrtEnvironment environment) throws OrtException {
        return OnnxTensor.createTensor(
                environment,
                tensor.data().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN),
                tensor.shape().toArray(),
                OnnxJavaType.FLOAT);
    }
}
