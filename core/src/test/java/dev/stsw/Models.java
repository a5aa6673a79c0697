package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Small models for tests.
final class Models {
    private Models() {}

    /// Two tensors of random values: `weight` F32 \[3, 5], and `bias` I64 \[2].
    static Map<String, Tensor> small(long seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        float[] weight = new float[15];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) dice.nextDouble();
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("weight", Tensor.of(weight, 3, 5));
        tensors.put("bias", Tensor.of(new long[] {dice.nextLong(), dice.nextLong()}));
        return tensors;
    }

    /// A file of one F32 tensor `a`, with checksums: `count` elements, all of them that value.
    static void constant(Path file, int count, float value) throws IOException {
        float[] values = new float[count];
        java.util.Arrays.fill(values, value);
        Stsw.dump(Map.of("a", Tensor.of(values)), file, WriteOptions.defaults().withCrc32(true));
    }

    static List<TensorSpec> twoBytes() {
        return List.of(TensorSpec.of("a", DType.U8, 4), TensorSpec.of("b", DType.U8, 2));
    }

    static List<String> namesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
