package dev.stsw.examples.vectors;

import java.io.IOException;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;

/// Embeddings in Lucene: one document a row, found through its HNSW graph. In memory here; `FSDirectory` keeps it on
/// disk.
final class LuceneIndex implements AutoCloseable {
    private static final String VECTOR = "vector";
    private static final String ROW = "row";

    private final Directory directory;
    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    private LuceneIndex(Directory directory) throws IOException {
        this.directory = directory;
        this.reader = DirectoryReader.open(directory);
        this.searcher = new IndexSearcher(reader);
    }

    static LuceneIndex of(Embeddings embeddings) throws IOException {
        Directory directory = new ByteBuffersDirectory();
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
            for (int row = 0; row < embeddings.count(); row++) {
                Document document = new Document();
                document.add(new KnnFloatVectorField(VECTOR, embeddings.row(row), VectorSimilarityFunction.COSINE));
                document.add(new StoredField(ROW, row));
                writer.addDocument(document);
            }
        }
        return new LuceneIndex(directory);
    }

    /// Rows, nearest first.
    int[] nearest(float[] query, int count) throws IOException {
        ScoreDoc[] found = searcher.search(new KnnFloatVectorQuery(VECTOR, query, 10 * count), count).scoreDocs;
        int[] rows = new int[found.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row(
                    searcher.storedFields().document(found[i].doc).getField(ROW).numericValue());
        }
        return rows;
    }

    private static int row(@Nullable Number stored) {
        if (stored == null) {
            throw new IllegalStateException("a document without its row");
        }
        return stored.intValue();
    }

    @Override
    public void close() throws IOException {
        try (directory) {
            reader.close();
        }
    }
}
