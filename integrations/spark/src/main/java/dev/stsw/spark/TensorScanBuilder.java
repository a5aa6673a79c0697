package dev.stsw.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.types.StructType;

/** Takes from Spark's plan which columns and which tensors are wanted at all. */
final class TensorScanBuilder implements ScanBuilder, SupportsPushDownRequiredColumns, SupportsPushDownV2Filters {
    private final SourceOptions options;
    private StructType columns;
    private Predicate[] pushed = {};
    private final List<TensorFilter> filters = new ArrayList<>();

    TensorScanBuilder(SourceOptions options) {
        this.options = options;
        this.columns = options.schema();
    }

    @Override
    public void pruneColumns(StructType required) {
        columns = required;
    }

    @Override
    public Predicate[] pushPredicates(Predicate[] predicates) {
        List<Predicate> taken = new ArrayList<>();
        List<Predicate> left = new ArrayList<>();
        filters.clear();
        for (Predicate predicate : predicates) {
            TensorFilter filter = TensorFilter.of(predicate);
            if (filter == null) {
                left.add(predicate);
            } else {
                taken.add(predicate);
                filters.add(filter);
            }
        }
        pushed = taken.toArray(new Predicate[0]);
        return left.toArray(new Predicate[0]);
    }

    @Override
    public Predicate[] pushedPredicates() {
        return pushed.clone();
    }

    @Override
    public Scan build() {
        return new TensorScan(
                options, columns, List.copyOf(filters), List.of(pushed).toString());
    }
}
