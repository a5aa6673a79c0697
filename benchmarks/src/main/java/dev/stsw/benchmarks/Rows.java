package dev.stsw.benchmarks;

import dev.stsw.StreamReader;
import dev.stsw.StreamWriter;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// Embeddings, a row at a time: F32, as a program makes them, and as one looks them up.
final class Rows {
    private static final String NAME = "embeddings";

    private Rows() {}

    /// One call of the writer a row.
    static double write(Path out, int rows, int columns) throws IOException {
        float[] row = new float[columns];
        Random random = new Random(1);
        for (int i = 0; i < columns; i++) {
            row[i] = random.nextFloat();
        }
        long start = System.nanoTime();
        try (StreamWriter writer = StreamWriter.open(
                out, List.of(TensorSpec.of(NAME, DType.F32, rows, columns)), WriteOptions.defaults())) {
            for (int i = 0; i < rows; i++) {
                row[i % columns] = i;
                writer.writeBlock(NAME, row);
            }
            writer.finalizeTensor(NAME);
        }
        return SideBySide.since(start);
    }

    /// Random rows, in a warm virtual machine.
    static double read(Path file, int reads) throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            Tensor tensor = reader.tensor(NAME);
            lookUp(tensor, reads);
            long start = System.nanoTime();
            double sum = lookUp(tensor, reads);
            double seconds = SideBySide.since(start);
            if (Double.isNaN(sum)) {
                throw new IOException(file + ": not what was written");
            }
            return seconds;
        }
    }

    private static double lookUp(Tensor tensor, int reads) {
        float[] row = new float[Math.toIntExact(tensor.shape().dimension(1))];
        Random random = new Random(2);
        double sum = 0;
        for (int i = 0; i < reads; i++) {
            tensor.readRow(random.nextLong(tensor.shape().dimension(0)), row);
            sum += row[i % row.length];
        }
        return sum;
    }
}
