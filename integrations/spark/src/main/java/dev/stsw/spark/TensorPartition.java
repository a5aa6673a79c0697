package dev.stsw.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/** What one task reads. */
final class TensorPartition implements InputPartition {
    private static final long serialVersionUID = 1L;

    private final ArrayList<FileRange> ranges;

    TensorPartition(List<FileRange> ranges) {
        this.ranges = new ArrayList<>(ranges);
    }

    List<FileRange> ranges() {
        return ranges;
    }

    @Override
    public String toString() {
        return ranges.toString();
    }
}
