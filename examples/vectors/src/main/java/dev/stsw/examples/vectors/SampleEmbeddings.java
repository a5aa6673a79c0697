package dev.stsw.examples.vectors;

import dev.stsw.StreamWriter;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// Writes embeddings as models have them: BF16, in clusters, one row after the other.
final class SampleEmbeddings {
    static final String NAME = "embedding";
    private static final int CLUSTERS = 200;
    private static final float SPREAD = 0.4f;

    private SampleEmbeddings() {}

    static void write(Path file, int count, int dimensions) throws IOException {
        Random random = new Random(42);
        float[][] centres = new float[CLUSTERS][];
        for (int i = 0; i < CLUSTERS; i++) {
            centres[i] = gaussian(random, dimensions);
        }
        TensorSpec tensor = TensorSpec.of(NAME, DType.BF16, count, dimensions);
        try (StreamWriter writer = StreamWriter.open(file, List.of(tensor), WriteOptions.defaults())) {
            for (int row = 0; row < count; row++) {
                float[] values = gaussian(random, dimensions);
                float[] centre = centres[random.nextInt(CLUSTERS)];
                for (int i = 0; i < dimensions; i++) {
                    values[i] = centre[i] + SPREAD * values[i];
                }
                writer.writeBlock(NAME, values); // Rounded to BF16.
            }
            writer.finalizeTensor(NAME);
        }
    }

    private static float[] gaussian(Random random, int dimensions) {
        float[] values = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
