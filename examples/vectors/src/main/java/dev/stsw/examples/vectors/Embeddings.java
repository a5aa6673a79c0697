package dev.stsw.examples.vectors;

import dev.stsw.Tensor;

/// Rows of a matrix as arrays of floats, which is what Lucene and jvector take. Each row is read out of the mapped
/// file, and widened, when it is asked for: however large the matrix is, nothing of it stays in the heap. For any
/// number of threads.
record Embeddings(Tensor matrix) {
    Embeddings {
        if (matrix.shape().rank() != 2) {
            throw new IllegalArgumentException(matrix + " is no matrix of embeddings");
        }
    }

    int count() {
        return Math.toIntExact(matrix.shape().dimension(0)); // The indexes count so far.
    }

    int dimensions() {
        return Math.toIntExact(matrix.shape().dimension(1));
    }

    float[] row(int index) {
        float[] values = new float[dimensions()];
        matrix.readRow(index, values);
        return values;
    }
}
