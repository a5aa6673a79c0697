package dev.stsw.benchmarks;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Brings all tensors of a file into memory of the process's own, where nobody else can change them.
final class Loading {
    private Loading() {}

    /// @param heap whether into arrays of the Java heap, through the mapping; otherwise into memory outside of it,
    ///     without one
    static double seconds(Path file, boolean heap) throws IOException {
        long start = System.nanoTime();
        long bytes = heap ? arrays(file) : segments(file);
        if (bytes == 0) {
            throw new IOException(file + ": no tensors");
        }
        return SideBySide.since(start);
    }

    private static long arrays(Path file) throws IOException {
        List<byte[]> arrays = new ArrayList<>();
        try (StreamReader reader = StreamReader.open(file)) {
            for (TensorMeta tensor : reader) {
                arrays.add(reader.getSlice(tensor.name()).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return arrays.stream().mapToLong(array -> array.length).sum();
    }

    private static long segments(Path file) throws IOException {
        long bytes = 0;
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withMmap(false))) {
            for (TensorMeta tensor : reader) {
                bytes += reader.getSlice(tensor.name()).byteSize();
            }
        }
        return bytes;
    }
}
