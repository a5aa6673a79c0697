package dev.stsw.examples.vectors;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.IOException;
import java.util.Arrays;

/// Embeddings in jvector: only its graph is built, and vectors are read out of the safetensors file, which stays open.
final class JvectorIndex implements AutoCloseable {
    private static final VectorTypeSupport VECTORS =
            VectorizationProvider.getInstance().getVectorTypeSupport();
    private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.COSINE;

    /// Of each row, and candidates while the graph is built; the usual values.
    private static final int CONNECTIONS = 16;

    private static final int CANDIDATES = 100;
    private static final float OVERFLOW = 1.2f;
    private static final float DIVERSITY = 1.2f;

    private final Rows rows;
    private final ImmutableGraphIndex graph;

    private JvectorIndex(Rows rows, ImmutableGraphIndex graph) {
        this.rows = rows;
        this.graph = graph;
    }

    static JvectorIndex of(Embeddings embeddings) throws IOException {
        Rows rows = new Rows(embeddings);
        try (GraphIndexBuilder builder = GraphIndexBuilder.builder(rows, SIMILARITY, CONNECTIONS)
                .withBeamWidth(CANDIDATES)
                .withNeighborOverflow(OVERFLOW)
                .withAlpha(DIVERSITY)
                .build()) {
            return new JvectorIndex(rows, builder.build(rows));
        }
    }

    /// Rows, nearest first.
    int[] nearest(float[] query, int count) throws IOException {
        try (GraphSearcher searcher = new GraphSearcher(graph)) {
            VectorFloat<?> vector = VECTORS.createFloatVector(query);
            SearchResult.NodeScore[] found = searcher.search(
                            DefaultSearchScoreProvider.exact(vector, SIMILARITY, rows),
                            count,
                            10 * count,
                            0,
                            0,
                            Bits.ALL)
                    .getNodes();
            return Arrays.stream(found).mapToInt(node -> node.node).toArray();
        }
    }

    @Override
    public void close() throws IOException {
        graph.close();
    }

    /// Each vector is made anew, so that any number of threads may ask.
    private record Rows(Embeddings embeddings) implements RandomAccessVectorValues {
        @Override
        public int size() {
            return embeddings.count();
        }

        @Override
        public int dimension() {
            return embeddings.dimensions();
        }

        @Override
        public VectorFloat<?> getVector(int row) {
            return VECTORS.createFloatVector(embeddings.row(row));
        }

        @Override
        public boolean isValueShared() {
            return false;
        }

        @Override
        public RandomAccessVectorValues copy() {
            return this;
        }
    }
}
