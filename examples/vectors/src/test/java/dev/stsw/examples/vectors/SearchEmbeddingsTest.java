package dev.stsw.examples.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchEmbeddingsTest {
    @TempDir
    private Path folder;

    @Test
    void bothIndexesFindNearlyAllNeighboursThatBruteForceFinds() throws IOException {
        Path file = folder.resolve("embeddings.safetensors");
        SampleEmbeddings.write(file, 1000, 32);
        SearchEmbeddings.Recall recall = SearchEmbeddings.search(file, SampleEmbeddings.NAME);
        assertThat(recall.lucene()).isBetween(0.95, 1.0);
        assertThat(recall.jvector()).isBetween(0.95, 1.0);
    }

    @Test
    void eachRowFindsItself() throws IOException {
        Path file = folder.resolve("embeddings.safetensors");
        SampleEmbeddings.write(file, 500, 16);
        try (StreamReader reader = StreamReader.open(file)) {
            Embeddings embeddings = new Embeddings(reader.tensor(SampleEmbeddings.NAME));
            try (LuceneIndex lucene = LuceneIndex.of(embeddings);
                    JvectorIndex jvector = JvectorIndex.of(embeddings)) {
                for (int row = 0; row < 500; row += 99) {
                    float[] query = embeddings.row(row);
                    assertThat(BruteForce.nearest(embeddings, query, 1)).containsExactly(row);
                    assertThat(lucene.nearest(query, 3)[0]).isEqualTo(row);
                    assertThat(jvector.nearest(query, 3)[0]).isEqualTo(row);
                }
            }
        }
    }

    @Test
    void whatIsNoMatrixIsRefused() throws IOException {
        Path file = folder.resolve("vector.safetensors");
        Stsw.dump(Map.of("v", Tensor.of(new float[] {1, 2, 3})), file);
        assertThatThrownBy(() -> SearchEmbeddings.search(file, "v"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("F32 [3] is no matrix of embeddings");
    }
}
