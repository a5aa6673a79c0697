package dev.stsw.spark;

import java.util.EnumSet;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** Some files as a table. */
final class SafetensorsTable implements SupportsRead, SupportsWrite {
    private final StructType schema;
    private final CaseInsensitiveStringMap properties;

    SafetensorsTable(StructType schema, CaseInsensitiveStringMap properties) {
        this.schema = schema;
        this.properties = properties;
    }

    @Override
    public String name() {
        return "safetensors " + properties.getOrDefault("path", properties.getOrDefault("paths", ""));
    }

    @Override
    @SuppressWarnings("deprecation") // columns() is made from it, in all versions of Spark 4
    public StructType schema() {
        return schema;
    }

    @Override
    public Set<TableCapability> capabilities() {
        return EnumSet.of(
                TableCapability.BATCH_READ,
                TableCapability.BATCH_WRITE,
                TableCapability.TRUNCATE,
                TableCapability.ACCEPT_ANY_SCHEMA);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
        return new TensorScanBuilder(new SourceOptions(options));
    }

    @Override
    public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
        return new VectorWriteBuilder(
                new SourceOptions(info.options()), VectorLayout.of(info.schema()), info.queryId());
    }
}
