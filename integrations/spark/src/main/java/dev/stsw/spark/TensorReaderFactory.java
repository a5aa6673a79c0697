package dev.stsw.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.types.StructType;

/** Travels to the executors once for a scan, and makes there what reads a partition. */
final class TensorReaderFactory implements PartitionReaderFactory {
    private static final long serialVersionUID = 1L;

    private final HadoopConf conf;
    private final StructType columns;
    private final ArrayList<TensorFilter> filters;
    private final long chunkBytes;
    private final boolean matrices;
    private final boolean ignoreCorruptFiles;

    TensorReaderFactory(
            HadoopConf conf,
            StructType columns,
            List<TensorFilter> filters,
            long chunkBytes,
            boolean matrices,
            boolean ignoreCorruptFiles) {
        this.conf = conf;
        this.columns = columns;
        this.filters = new ArrayList<>(filters);
        this.chunkBytes = chunkBytes;
        this.matrices = matrices;
        this.ignoreCorruptFiles = ignoreCorruptFiles;
    }

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
        RowMaker rows = matrices ? new MatrixRows(columns, filters) : new TensorRows(columns, filters, chunkBytes);
        return new TensorReader(conf.get(), ((TensorPartition) partition).ranges(), rows, ignoreCorruptFiles);
    }
}
