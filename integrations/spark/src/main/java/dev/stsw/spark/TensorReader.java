package dev.stsw.spark;

import dev.stsw.format.SafetensorsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
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
    private final RowMaker maker;
    private final boolean ignoreCorruptFiles;
    private @Nullable TensorFile file;
    private Iterator<InternalRow> rows = Collections.emptyIterator();
    private @Nullable InternalRow row;
    private long bytesRead;
    private long filesOpened;

    TensorReader(Configuration conf, List<FileRange> ranges, RowMaker maker, boolean ignoreCorruptFiles) {
        this.conf = conf;
        this.ranges = ranges.iterator();
        this.maker = maker;
        this.ignoreCorruptFiles = ignoreCorruptFiles;
    }

    @Override
    public boolean next() throws IOException {
        while (true) {
            try {
                if (!toNextRow()) {
                    return false;
                }
                row = rows.next();
                return true;
            } catch (SafetensorsException e) {
                passOver(e);
            } catch (UncheckedIOException e) {
                passOver(Objects.requireNonNull(e.getCause()));
            }
        }
    }

    private void passOver(IOException fault) throws IOException {
        if (!ignoreCorruptFiles || !(fault instanceof SafetensorsException)) {
            throw fault;
        }
        LOG.log(System.Logger.Level.WARNING, "passed over: {0}", fault.getMessage());
        leave();
    }

    /** Opens the next file with a row; false after the last. */
    private boolean toNextRow() throws IOException {
        while (!rows.hasNext()) {
            leave();
            if (!ranges.hasNext()) {
                return false;
            }
            TensorFile opened = TensorFile.open(conf, ranges.next());
            filesOpened++;
            file = opened;
            rows = maker.rows(opened);
        }
        return true;
    }

    private void leave() throws IOException {
        rows = Collections.emptyIterator();
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
