package dev.stsw.benchmarks;

import dev.stsw.Model;
import dev.stsw.StreamReader;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Opens the files of a model and asks for each of its tensors: as one, and one by one as a program had to before.
final class Shards {
    private static final int ROUNDS = 20;

    private Shards() {}

    /// @param asModel whether [Model] does it
    static double seconds(List<Path> files, Path folder, boolean asModel) throws IOException {
        long start = 0;
        for (int round = -ROUNDS; round < ROUNDS; round++) {
            if (round == 0) {
                start = System.nanoTime();
            }
            long bytes = asModel ? model(folder) : readers(files);
            if (bytes == 0) {
                throw new IOException(folder + ": no tensors");
            }
        }
        return SideBySide.since(start) / ROUNDS;
    }

    private static long model(Path folder) throws IOException {
        long bytes = 0;
        try (Model model = Model.open(folder)) {
            for (String name : model.keys()) {
                bytes += model.tensor(name).byteSize();
            }
        }
        return bytes;
    }

    private static long readers(List<Path> files) throws IOException {
        long bytes = 0;
        List<StreamReader> readers = new ArrayList<>();
        for (Path file : files) {
            readers.add(StreamReader.open(file));
        }
        for (StreamReader reader : readers) {
            for (TensorMeta tensor : reader) {
                bytes += reader.tensor(tensor.name()).byteSize();
            }
        }
        for (StreamReader reader : readers) {
            reader.close();
        }
        return bytes;
    }
}
