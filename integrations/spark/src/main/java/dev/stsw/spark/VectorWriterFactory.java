package dev.stsw.spark;

import dev.stsw.format.DType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;

/** Travels to the executors, and makes there what writes a partition. */
final class VectorWriterFactory implements DataWriterFactory {
    private static final long serialVersionUID = 1L;

    private final HadoopConf conf;
    private final VectorLayout layout;
    private final String folder;
    private final String prefix;
    private final long maxShardBytes;
    private final DType dtype;

    VectorWriterFactory(
            HadoopConf conf, VectorLayout layout, String folder, String prefix, long maxShardBytes, DType dtype) {
        this.conf = conf;
        this.layout = layout;
        this.folder = folder;
        this.prefix = prefix;
        this.maxShardBytes = maxShardBytes;
        this.dtype = dtype;
    }

    @Override
    public DataWriter<InternalRow> createWriter(int partitionId, long taskId) {
        return new VectorWriter(conf.get(), layout, folder, prefix + "-" + taskId, maxShardBytes, dtype);
    }
}
