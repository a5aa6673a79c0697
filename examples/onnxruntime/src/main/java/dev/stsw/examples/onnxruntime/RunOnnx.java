package dev.stsw.examples.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.onnxruntime.OnnxTensors;
import dev.stsw.torch.Checkpoint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Runs `tiny-transformer.onnx`, a graph in F32, with the BF16 weights of a checkpoint, and compares the logits with
/// those that torch computed.
public final class RunOnnx {
    private RunOnnx() {}

    private static Tensor logits(Path onnx, Path model, Tensor tokens) throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (StreamReader weights = StreamReader.open(model);
                OrtSession session = OnnxTensors.createSession(environment, onnx, weights);
                OnnxTensor input = OnnxTensors.toOnnxTensor(tokens, environment);
                OrtSession.Result output = session.run(Map.of("tokens", input))) {
            return OnnxTensors.fromOnnxTensor((OnnxTensor) output.get(0));
        }
    }

    /// Argument: the folder of the examples.
    public static void main(String[] args) throws IOException, OrtException {
        Path examples = Path.of(args[0]);
        Path model = Files.createTempDirectory("stsw").resolve("tiny-transformer.safetensors");
        try (Checkpoint checkpoint = Checkpoint.open(FileChannel.open(examples.resolve("tiny-transformer.pt")))) {
            Stsw.write(checkpoint, model, WriteOptions.defaults());
        }
        try (StreamReader expected = StreamReader.open(examples.resolve("tiny-transformer-logits.safetensors"))) {
            Tensor logits = logits(examples.resolve("tiny-transformer.onnx"), model, expected.tensor("tokens"));

            float difference =
                    difference(logits.toFloatArray(), expected.tensor("logits").toFloatArray());
            System.out.println("logits " + logits.shape() + ", largest difference to torch's " + difference);
            if (!(difference < 1e-4)) {
                throw new IllegalStateException("the logits differ");
            }
        }
    }

    private static float difference(float[] a, float[] b) {
        float largest = 0;
        for (int i = 0; i < b.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }
}
