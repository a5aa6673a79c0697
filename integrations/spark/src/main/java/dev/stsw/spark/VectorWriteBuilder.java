package dev.stsw.spark;

import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.SupportsTruncate;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;

/** Takes from Spark whether what is there is to be replaced. */
final class VectorWriteBuilder implements SupportsTruncate {
    private final SourceOptions options;
    private final VectorLayout layout;
    private final String queryId;
    private boolean truncate;

    VectorWriteBuilder(SourceOptions options, VectorLayout layout, String queryId) {
        this.options = options;
        this.layout = layout;
        this.queryId = queryId;
    }

    @Override
    public WriteBuilder truncate() {
        truncate = true;
        return this;
    }

    @Override
    public Write build() {
        return new Write() {
            @Override
            public String description() {
                return "safetensors " + options.folder();
            }

            @Override
            public BatchWrite toBatch() {
                return new VectorWrite(options, layout, queryId, truncate);
            }
        };
    }
}
