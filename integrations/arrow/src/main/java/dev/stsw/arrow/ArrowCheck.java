package dev.stsw.arrow;

import dev.stsw.FrameworkCheck;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// What `stsw selftest` runs. Public because a service must be.
public final class ArrowCheck implements FrameworkCheck {
    /// For [java.util.ServiceLoader].
    public ArrowCheck() {}

    @Override
    public String framework() {
        return "Apache Arrow";
    }

    @Override
    public boolean present() {
        try {
            Class.forName("org.apache.arrow.vector.FieldVector", false, ArrowCheck.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Override
    public String run(Path folder) throws IOException {
        return Deed.run(folder);
    }

    /// Apart, because the class above must load without Arrow.
    private static final class Deed {
        private Deed() {}

        static String run(Path folder) throws IOException {
            Path file = folder.resolve("arrow.safetensors");
            Path table = folder.resolve("arrow.arrow");
            Path back = folder.resolve("arrow-back.safetensors");
            Stsw.dump(
                    Map.of(
                            "floats",
                            Tensor.of(new float[] {1, -0f, Float.NaN, 2}, 2, 2),
                            "longs",
                            Tensor.of(new long[] {-1, 2})),
                    file);
            try (BufferAllocator allocator = new RootAllocator();
                    FileChannel out =
                            FileChannel.open(table, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ArrowTensors.toIpc(Stsw.load(file), out, allocator);
            }
            try (TensorSource columns = ArrowTensors.fromIpc(FileChannel.open(table))) {
                Stsw.write(TensorSources.inReferenceOrder(columns), back, WriteOptions.defaults());
            }
            if (Files.mismatch(file, back) != -1) {
                throw new IllegalStateException("what came back is not what was handed over");
            }
            return "vectors and IPC files";
        }
    }
}
