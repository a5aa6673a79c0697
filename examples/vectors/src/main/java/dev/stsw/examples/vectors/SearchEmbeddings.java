package dev.stsw.examples.vectors;

import dev.stsw.StreamReader;
import dev.stsw.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/// Puts the rows of an embedding matrix into a Lucene HNSW index and a jvector graph, searches both for the neighbours
/// of some rows, and says how many of the true ones they find.
///
/// Arguments: a safetensors file and the name of a matrix in it, of any floating-point dtype. Without any, the example
/// makes a file first.
public final class SearchEmbeddings {
    private static final int NEIGHBOURS = 10;
    private static final int QUERIES = 50;

    private SearchEmbeddings() {}

    /// What came of it.
    ///
    /// @param lucene share of the true neighbours that Lucene found, 0 to 1
    /// @param jvector the same of jvector
    public record Recall(double lucene, double jvector) {}

    /// Runs the example.
    public static void main(String[] args) throws IOException {
        if (args.length == 2) {
            search(Path.of(args[0]), args[1]);
            return;
        }
        Path folder = Files.createTempDirectory("vectors");
        Path file = folder.resolve("embeddings.safetensors");
        try {
            SampleEmbeddings.write(file, 5000, 64);
            search(file, SampleEmbeddings.NAME);
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    static Recall search(Path file, String name) throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            Tensor matrix = reader.tensor(name);
            Embeddings embeddings = new Embeddings(matrix);
            System.out.printf(Locale.ROOT, "%s: %s%n", name, matrix);
            long start = System.nanoTime();
            try (LuceneIndex lucene = LuceneIndex.of(embeddings)) {
                start = took("Lucene index", start);
                try (JvectorIndex jvector = JvectorIndex.of(embeddings)) {
                    took("jvector index", start);
                    return compare(embeddings, lucene, jvector);
                }
            }
        }
    }

    private static long took(String what, long start) {
        long now = System.nanoTime();
        System.out.printf(Locale.ROOT, "%s: %.1f s%n", what, (now - start) / 1e9);
        return now;
    }

    private static Recall compare(Embeddings embeddings, LuceneIndex lucene, JvectorIndex jvector) throws IOException {
        int queries = Math.min(QUERIES, embeddings.count());
        int wanted = Math.min(NEIGHBOURS, embeddings.count());
        int foundByLucene = 0;
        int foundByJvector = 0;
        for (int i = 0; i < queries; i++) {
            float[] query = embeddings.row((int) ((long) i * embeddings.count() / queries));
            Set<Integer> neighbours = set(BruteForce.nearest(embeddings, query, wanted));
            foundByLucene += common(neighbours, lucene.nearest(query, wanted));
            foundByJvector += common(neighbours, jvector.nearest(query, wanted));
        }
        Recall recall =
                new Recall(foundByLucene / (double) (queries * wanted), foundByJvector / (double) (queries * wanted));
        System.out.printf(
                Locale.ROOT,
                "of the %d nearest of %d rows, found: Lucene %.1f %%, jvector %.1f %%%n",
                wanted,
                queries,
                100 * recall.lucene,
                100 * recall.jvector);
        return recall;
    }

    private static Set<Integer> set(int[] rows) {
        return new HashSet<>(Arrays.stream(rows).boxed().toList());
    }

    private static int common(Set<Integer> expected, int[] found) {
        Set<Integer> both = set(found);
        both.retainAll(expected);
        return both.size();
    }
}
