package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.stsw.FrameworkCheck;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What `stsw selftest` runs. Public because a service must be.
public final class OnnxCheck implements FrameworkCheck {
    /// For [java.util.ServiceLoader].
    public OnnxCheck() {}

    @Override
    public String framework() {
        return "ONNX Runtime";
    }

    @Override
    public boolean present() {
        try {
            Class.forName("ai.onnxruntime.OrtEnvironment", false, OnnxCheck.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Override
    public String run(Path folder) throws IOException, OrtException {
        return Deed.run(folder);
    }

    /// Apart, because the class above must load without ONNX Runtime.
    private static final class Deed {
        private Deed() {}

        static String run(Path folder) throws IOException, OrtException {
            Path file = folder.resolve("onnx.safetensors");
            Path back = folder.resolve("onnx-back.safetensors");
            Stsw.dump(
                    Map.of("floats", Tensor.of(new float[] {1, -0f, Float.NaN}), "longs", Tensor.of(new long[] {-1, 2
                    })),
                    file);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            Map<String, OnnxTensor> tensors = OnnxTensors.load(file, environment);
            OnnxTensors.save(tensors, back);
            tensors.values().forEach(OnnxTensor::close);
            if (Files.mismatch(file, back) != -1) {
                throw new IllegalStateException("what came back is not what was handed over");
            }
            return environment.getVersion() + ", " + OrtEnvironment.getAvailableProviders();
        }
    }
}
