package dev.stsw.benchmarks.micro;

import dev.stsw.Tensor;
import dev.stsw.format.DType;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Typed access to a matrix of 4 million elements: widening, narrowing, slices.
public class TensorBenchmark extends Microbenchmark {
    private static final int SIDE = 2048;

    /// What the elements are.
    @Param({"F32", "BF16", "F16", "F8_E4M3"})
    public DType dtype;

    private final float[] values = new float[SIDE * SIDE];
    private Tensor tensor = Tensor.of(new float[0], 0);

    /// Values around 0, as weights are.
    @Setup
    public void setUp() {
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        tensor = narrow();
    }

    /// To the dtype, to the nearest, ties to even.
    @Benchmark
    public Tensor narrow() {
        return Tensor.of(dtype, values, SIDE, SIDE);
    }

    /// To floats.
    @Benchmark
    public float[] widen() {
        return tensor.toFloatArray();
    }

    /// A quarter of the columns: pieces that do not lie side by side.
    @Benchmark
    public float[] widenColumns() {
        return tensor.slice(1, 0, SIDE / 4).toFloatArray();
    }

    /// A quarter of the rows: one piece.
    @Benchmark
    public float[] widenRows() {
        return tensor.slice(0, 0, SIDE / 4).toFloatArray();
    }

    /// One element after the other, by its index.
    @Benchmark
    public float elements() {
        float sum = 0;
        for (int row = 0; row < SIDE; row += 64) {
            for (int column = 0; column < SIDE; column++) {
                sum += tensor.getFloat(row, column);
            }
        }
        return sum;
    }
}
