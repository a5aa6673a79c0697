package dev.stsw.spark;

import org.apache.spark.sql.connector.metric.CustomSumMetric;

/** What Spark's pages show of a scan: bytes of headers and tensors that were read. Spark makes it by its name. */
public final class TensorBytesRead extends CustomSumMetric {
    static final String NAME = "tensorBytesRead";

    /** For Spark. */
    public TensorBytesRead() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "bytes of headers and tensors read";
    }
}
