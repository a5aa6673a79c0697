package dev.stsw.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** One reading of some files: lists them once, on the driver, and opens none. */
final class TensorScan implements Scan, Batch, SupportsReportStatistics {
    private final SourceOptions options;
    private final StructType columns;
    private final List<TensorFilter> filters;
    private final String pushed;
    private final HadoopConf conf;
    private @Nullable List<Listing.Entry> files;

    TensorScan(SourceOptions options, StructType columns, List<TensorFilter> filters, String pushed) {
        this.options = options;
        this.columns = columns;
        this.filters = filters;
        this.pushed = pushed;
        this.conf = options.hadoopConf();
    }

    private List<Listing.Entry> files() {
        if (files == null) {
            try {
                List<TensorFilter> ofFile =
                        filters.stream().filter(TensorFilter::isAboutFile).toList();
                files = Listing.below(conf.get(), options.paths(), Listing::isModel).stream()
                        .filter(entry -> ofFile.stream().allMatch(filter -> filter.test(entry.file(), null, null)))
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    private boolean headersOnly() {
        for (String field : columns.fieldNames()) {
            if (options.rows()
                    ? RowColumns.of(field).needsBytes()
                    : TensorColumns.of(field).needsBytes()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public StructType readSchema() {
        return columns;
    }

    @Override
    public String description() {
        return "safetensors " + options.paths() + ", pushed filters " + pushed
                + (headersOnly() ? ", headers only" : ", with data");
    }

    @Override
    public Batch toBatch() {
        return this;
    }

    @Override
    public InputPartition[] planInputPartitions() {
        List<InputPartition> partitions = new ArrayList<>();
        for (List<FileRange> ranges : Splits.plan(files(), options.splitBytes(), headersOnly())) {
            partitions.add(new TensorPartition(ranges));
        }
        return partitions.toArray(new InputPartition[0]);
    }

    @Override
    public PartitionReaderFactory createReaderFactory() {
        return new TensorReaderFactory(
                conf, columns, filters, options.chunkBytes(), options.rows(), options.ignoreCorruptFiles());
    }

    @Override
    public CustomMetric[] supportedCustomMetrics() {
        return new CustomMetric[] {new TensorBytesRead(), new FilesOpened()};
    }

    /** Of the bytes; how many rows there are only the headers tell. */
    @Override
    public Statistics estimateStatistics() {
        long bytes = headersOnly()
                ? files().size() * Splits.OPEN_COST
                : files().stream().mapToLong(Listing.Entry::size).sum();
        return new Statistics() {
            @Override
            public OptionalLong sizeInBytes() {
                return OptionalLong.of(bytes);
            }

            @Override
            public OptionalLong numRows() {
                return OptionalLong.empty();
            }
        };
    }
}
