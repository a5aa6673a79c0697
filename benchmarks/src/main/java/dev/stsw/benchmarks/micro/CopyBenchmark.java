package dev.stsw.benchmarks.micro;

import org.openjdk.jmh.annotations.Benchmark;

/// What [TensorBenchmark] is held against: a new array with the bytes of another one, of the same size as there.
public class CopyBenchmark extends Microbenchmark {
    private final float[] values = new float[2048 * 2048];

    /// Copies.
    @Benchmark
    public float[] copy() {
        return values.clone();
    }
}
