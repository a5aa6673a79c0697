package dev.stsw.benchmarks;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes a map of tensors, all of them in memory, durably and with checksums.
final class Dumping {
    private Dumping() {}

    static double seconds(Path model, Path out, int workers) throws IOException {
        WriteOptions options = WriteOptions.defaults().withCrc32(true).withWorkers(workers);
        try (StreamReader reader =
                StreamReader.open(model, ReadOptions.defaults().withMmap(false))) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (TensorMeta tensor : reader) {
                tensors.put(tensor.name(), reader.tensor(tensor.name()));
            }
            long start = System.nanoTime();
            Stsw.dump(tensors, out, options);
            return SideBySide.since(start);
        }
    }
}
