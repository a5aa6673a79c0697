package dev.stsw.spark;

import org.apache.spark.sql.connector.metric.CustomSumMetric;

/** What Spark's pages show of a scan: how often a file was opened. Spark makes it by its name. */
public final class FilesOpened extends CustomSumMetric {
    static final String NAME = "filesOpened";

    /** For Spark. */
    public FilesOpened() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "files opened";
    }
}
