package dev.stsw.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.stsw.FrameworkCheck;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What `stsw selftest` runs. Public because a service must be.
public final class DjlCheck implements FrameworkCheck {
    /// For [java.util.ServiceLoader].
    public DjlCheck() {}

    @Override
    public String framework() {
        return "DJL";
    }

    @Override
    public boolean present() {
        try {
            Class.forName("ai.djl.ndarray.NDManager", false, DjlCheck.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Override
    public String run(Path folder) throws IOException {
        // A self-test downloads nothing: without this, DJL fetches a libtorch that it does not find.
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        return Deed.run(folder);
    }

    /// Apart, because the class above must load without DJL.
    private static final class Deed {
        private Deed() {}

        static String run(Path folder) throws IOException {
            Path file = folder.resolve("djl.safetensors");
            Path back = folder.resolve("djl-back.safetensors");
            Stsw.dump(
                    Map.of("floats", Tensor.of(new float[] {1, -0f, Float.NaN}), "longs", Tensor.of(new long[] {-1, 2
                    })),
                    file);
            try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
                NDList arrays = DjlTensors.load(file, manager);
                DjlTensors.save(arrays, back);
                if (Files.mismatch(file, back) != -1) {
                    throw new IllegalStateException("what came back is not what was handed over");
                }
                Engine engine = manager.getEngine();
                return Engine.getDjlVersion() + ", PyTorch " + engine.getVersion() + ", " + manager.getDevice()
                        + ", GPUs: " + engine.getGpuCount();
            }
        }
    }
}
