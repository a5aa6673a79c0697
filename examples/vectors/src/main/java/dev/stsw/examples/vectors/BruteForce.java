package dev.stsw.examples.vectors;

import java.util.Comparator;
import java.util.PriorityQueue;

/// Compares with every row: what the indexes are measured by.
final class BruteForce {
    private BruteForce() {}

    private record Scored(int row, double score) {}

    /// The rows of the highest cosine, in no order.
    static int[] nearest(Embeddings embeddings, float[] query, int count) {
        PriorityQueue<Scored> best = new PriorityQueue<>(Comparator.comparingDouble(Scored::score));
        for (int row = 0; row < embeddings.count(); row++) {
            best.add(new Scored(row, cosine(query, embeddings.row(row))));
            if (best.size() > count) {
                best.remove();
            }
        }
        return best.stream().mapToInt(Scored::row).toArray();
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresOfA += (double) a[i] * a[i];
            squaresOfB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squaresOfA * squaresOfB);
    }
}
