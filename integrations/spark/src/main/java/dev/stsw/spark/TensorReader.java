package dev.stsw.spark;

import dev.stsw.format.SafetensorsException;
import java.io.IOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.jspecify.annotations.Nullable;

/** Reads the rows of some ranges of files, one file after the other. */
final class TensorReader implements PartitionReader<InternalRow> {
    private static final System.Logger LOG = System.getLogger(TensorReader.class.getName());

    private final Configuration conf;
    private final Iterator<FileRange> ranges;
    private final TensorRows rows;
    private final boolean ignoreCorruptFiles;
    private @Nullable TensorFile file;
    private Iterator<Chunk> chunks = Collections.emptyIterator();
    private @Nullable InternalRow row;
    private long bytesRead;
    private long filesOpened;

    TensorReader(Configuration conf, List<FileRange> ranges, TensorRows rows, boolean ignoreCorruptFiles) {
        this.conf = conf;
        this.ranges = ranges.iterator();
        this.rows = rows;
        this.ignoreCorruptFiles = ignoreCorruptFiles;
    }

    @Override
    public boolean next() throws IOException {
        while (true) {
            try {
                TensorFile current = current();
                if (current == null) {
                    return false;
                }
                row = rows.row(current, chunks.next());
                return true;
            } catch (SafetensorsException e) {
                if (!ignoreCorruptFiles) {
                    throw e;
                }
                LOG.log(System.Logger.Level.WARNING, "passed over: {0}", e.getMessage());
                leave();
            }
        }
    }

    /** The file with the next chunk; null after the last. */
    private @Nullable TensorFile current() throws IOException {
        while (!chunks.hasNext()) {
            leave();
            if (!ranges.hasNext()) {
                return null;
            }
            TensorFile opened = TensorFile.open(conf, ranges.next());
            filesOpened++;
            file = opened;
            chunks = rows.chunks(opened);
        }
        return file;
    }

    private void leave() throws IOException {
        chunks = Collections.emptyIterator();
        TensorFile left = file;
        file = null;
        if (left != null) {
            bytesRead += left.bytesRead();
            left.close();
        }
    }

    @Override
    public InternalRow get() {
        if (row == null) {
            throw new IllegalStateException("get() before next()");
        }
        return row;
    }

    @Override
    public CustomTaskMetric[] currentMetricsValues() {
        long bytes = bytesRead + (file == null ? 0 : file.bytesRead());
        return new CustomTaskMetric[] {metric(TensorBytesRead.NAME, bytes), metric(FilesOpened.NAME, filesOpened)};
    }

    private static CustomTaskMetric metric(String name, long value) {
        return new CustomTaskMetric() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public long value() {
                return value;
            }
        };
    }

    @Override
    public void close() throws IOException {
        leave();
    }
}
