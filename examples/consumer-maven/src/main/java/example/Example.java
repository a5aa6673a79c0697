package example;

import dev.stsw.StreamReader;
import dev.stsw.StreamWriter;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Writes a file row by row, and reads it.
public final class Example {
    private Example() {}

    public static void main(String[] args) throws IOException {
        Path file = Files.createTempDirectory("example").resolve("model.safetensors");
        var tensors = List.of(TensorSpec.of("embedding", DType.F32, 1000, 64));
        try (var writer = StreamWriter.open(file, tensors, WriteOptions.defaults().withCrc32(true))) {
            for (int row = 0; row < 1000; row++) {
                writer.writeBlock("embedding", new float[64]);
            }
            writer.finalizeTensor("embedding");
        }
        try (var reader = StreamReader.open(file)) {
            for (var meta : reader) {
                System.out.println(meta.name() + " " + meta.dtype() + " " + meta.shape());
            }
        }
        Files.delete(file);
        Files.delete(file.getParent());
    }
}
