package dev.stsw.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stsw.Model;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.Checkpoint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models of `interop/make_onnx.py`, and what Python's onnxruntime and torch make of them.
class SessionsTest {
    private static final Path ROOT = Path.of(System.getProperty("stsw.root"));
    private static final Path ONNX = ROOT.resolve("interop/golden/onnx");
    private static final Path EXAMPLES = ROOT.resolve("examples");

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    @TempDir
    Path folder;

    @Test
    void aTransformerWithTheWeightsOfACheckpointComputesWhatTorchDoes() throws Exception {
        Path file = folder.resolve("model.safetensors");
        try (Checkpoint checkpoint = Checkpoint.open(FileChannel.open(EXAMPLES.resolve("tiny-transformer.pt")))) {
            Stsw.write(TensorSources.inReferenceOrder(checkpoint), file, WriteOptions.defaults());
        }
        Map<String, Tensor> expected = Stsw.load(EXAMPLES.resolve("tiny-transformer-logits.safetensors"));
        OrtSession session;
        try (StreamReader weights = StreamReader.open(file)) {
            session = OnnxTensors.createSession(environment, EXAMPLES.resolve("tiny-transformer.onnx"), weights);
        }
        // The reader is closed: the session has copies.
        try (session;
                OnnxTensor tokens = OnnxTensors.toOnnxTensor(expected.get("tokens"), environment)) {
            float[] logits = run(session, Map.of("tokens", tokens));
            assertThat(logits).containsExactly(expected.get("logits").toFloatArray(), within(1e-5f));
            assertThat(argmax(logits)).isEqualTo(argmax(expected.get("logits").toFloatArray()));
        }
    }

    @Test
    void anInitializerOfEachDtypeArrivesAsPythonHasIt() throws Exception {
        try (StreamReader weights = StreamReader.open(ONNX.resolve("dtypes.safetensors"));
                OrtSession session = OnnxTensors.createSession(environment, ONNX.resolve("dtypes.onnx"), weights);
                OnnxTensor factor = OnnxTensors.toOnnxTensor(Tensor.of(new float[] {3}), environment)) {
            float[] product = run(session, Map.of("factor", factor));
            assertThat(product)
                    .isEqualTo(Stsw.load(ONNX.resolve("product.safetensors"))
                            .get("product")
                            .toFloatArray());
        }
    }

    @Test
    void namesMayBeMappedAndTensorsThatTheModelLacksAreLeftAlone() throws Exception {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Stsw.load(ONNX.resolve("dtypes.safetensors")).forEach((name, tensor) -> tensors.put("w." + name, tensor));
        tensors.put("other", Tensor.of(new float[] {1}));
        Path file = write(tensors);
        try (StreamReader weights = StreamReader.open(file);
                OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                OrtSession session = OnnxTensors.createSession(
                        environment, ONNX.resolve("dtypes.onnx"), weights, name -> "w." + name, options)) {
            assertThat(session.getInputNames()).containsExactly("factor");
        }
    }

    @Test
    void weightsMayBeAModelOfSeveralFiles() throws Exception {
        Path model = ONNX.resolve("dtypes.onnx");
        shards(Stsw.load(ONNX.resolve("dtypes.safetensors")));
        OrtSession session;
        try (Model weights = Model.open(folder)) {
            assertThat(weights.files()).hasSize(2);
            session = OnnxTensors.createSession(environment, model, weights);
        }
        requireProduct(session);
        try (Model weights = Model.open(folder);
                OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            assertThatThrownBy(
                            () -> OnnxTensors.createSession(environment, model, weights, name -> "no." + name, options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(model + " and its weights, " + weights + ", do not fit:\n")
                    .hasMessageContaining("the weights have no tensor 'no.F32'");
        }
    }

    @Test
    void weightsMayBeWhateverFeedsAWriter() throws Exception {
        Path model = ONNX.resolve("dtypes.onnx");
        Map<String, Tensor> tensors = Stsw.load(ONNX.resolve("dtypes.safetensors"));
        requireProduct(OnnxTensors.createSession(environment, model, Tensors.source(tensors)));
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> renamed.put("w." + name, tensor));
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            requireProduct(OnnxTensors.createSession(
                    environment, model, Tensors.source(renamed), name -> "w." + name, options));
        }
        assertThatThrownBy(() -> OnnxTensors.createSession(environment, model, Tensors.source(renamed)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its weights, source of " + renamed.size() + " tensors, do not fit")
                .hasMessageContaining("the weights have no tensor 'F32'");
    }

    @Test
    void aCheckpointComputesWithoutASafetensorsFileBetween() throws Exception {
        Map<String, Tensor> expected = Stsw.load(EXAMPLES.resolve("tiny-transformer-logits.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(EXAMPLES.resolve("tiny-transformer.pt"));
                OrtSession session =
                        OnnxTensors.createSession(environment, EXAMPLES.resolve("tiny-transformer.onnx"), checkpoint);
                OnnxTensor tokens = OnnxTensors.toOnnxTensor(expected.get("tokens"), environment)) {
            assertThat(run(session, Map.of("tokens", tokens)))
                    .containsExactly(expected.get("logits").toFloatArray(), within(1e-5f));
        }
    }

    /// Every other tensor into the other file.
    private void shards(Map<String, Tensor> tensors) throws IOException {
        for (int shard = 0; shard < 2; shard++) {
            Map<String, Tensor> part = new LinkedHashMap<>();
            int at = 0;
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
                if (at++ % 2 == shard) {
                    part.put(tensor.getKey(), tensor.getValue());
                }
            }
            Stsw.dump(part, folder.resolve("model-0000" + (shard + 1) + "-of-00002.safetensors"));
        }
    }

    private void requireProduct(OrtSession session) throws Exception {
        try (session;
                OnnxTensor factor = OnnxTensors.toOnnxTensor(Tensor.of(new float[] {3}), environment)) {
            assertThat(run(session, Map.of("factor", factor)))
                    .isEqualTo(Stsw.load(ONNX.resolve("product.safetensors"))
                            .get("product")
                            .toFloatArray());
        }
    }

    @Test
    void allMismatchesAreListedAtOnce() throws Exception {
        Map<String, Tensor> tensors = new LinkedHashMap<>(Stsw.load(ONNX.resolve("dtypes.safetensors")));
        tensors.remove("F64");
        tensors.put("F32", Tensor.of(new double[6], 2, 3));
        tensors.put("F16", Tensor.of(DType.F16, new float[6], 3, 2));
        Path file = write(tensors);
        Path model = ONNX.resolve("dtypes.onnx");
        try (StreamReader weights = StreamReader.open(file)) {
            assertThatThrownBy(() -> OnnxTensors.createSession(environment, model, weights))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(model + " and its weights, " + weights + ", do not fit:\n"
                            + "initializer 'F64': the weights have no tensor 'F64'\n"
                            + "initializer 'F32': F32 does not hold all values of F64\n"
                            + "initializer 'F16': expected shape [2, 3] but was [3, 2]");
        }
    }

    @Test
    void whatIsNoModelIsRefusedWithItsName() throws Exception {
        byte[] good = Files.readAllBytes(ONNX.resolve("dtypes.onnx"));
        Path file = folder.resolve("bad.onnx");
        try (StreamReader weights = StreamReader.open(ONNX.resolve("dtypes.safetensors"))) {
            for (byte[] bytes : new byte[][] {
                {},
                {8, 8},
                Arrays.copyOf(good, good.length - 100),
                {0x3a, -1, -1, -1, -1, -1, -1, -1, -1, 127},
                {0x3b},
                {-1}
            }) {
                Files.write(file, bytes);
                assertThatThrownBy(() -> OnnxTensors.createSession(environment, file, weights))
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith(file + ": no ONNX model");
            }
        }
    }

    @Test
    void anyDamagedModelIsRefusedOrRead() throws Exception {
        byte[] good = Files.readAllBytes(ONNX.resolve("dtypes.onnx"));
        Path file = folder.resolve("bad.onnx");
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(file, bad);
            try {
                assertThat(OnnxModel.initializers(file)).hasSizeLessThanOrEqualTo(good.length);
            } catch (IOException e) {
                assertThat(e).hasMessageStartingWith(file + ": no ONNX model");
            }
        }
    }

    private Path write(Map<String, Tensor> tensors) throws IOException {
        Path file = folder.resolve("weights.safetensors");
        Stsw.dump(tensors, file);
        return file;
    }

    private static float[] run(OrtSession session, Map<String, OnnxTensor> inputs) throws OrtException {
        try (OrtSession.Result result = session.run(inputs)) {
            return OnnxTensors.fromOnnxTensor((OnnxTensor) result.get(0)).toFloatArray();
        }
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 0; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
