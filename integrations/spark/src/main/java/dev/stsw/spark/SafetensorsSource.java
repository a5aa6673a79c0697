package dev.stsw.spark;

import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * The data source of the name {@code safetensors}: {@code spark.read().format("safetensors").load("s3a://bucket/models")}.
 *
 * <p>A row is a tensor, or with {@code chunkBytes} a stretch of one; see {@code docs/spark.md} for columns and options.
 * Spark makes it by its name; nobody else needs to.
 */
public final class SafetensorsSource implements TableProvider, DataSourceRegister {
    /** For Spark, which finds the class by its name. */
    public SafetensorsSource() {}

    @Override
    public String shortName() {
        return "safetensors";
    }

    @Override
    public StructType inferSchema(CaseInsensitiveStringMap options) {
        return new SourceOptions(options).schema();
    }

    @Override
    public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> properties) {
        return new SafetensorsTable(schema, new CaseInsensitiveStringMap(properties));
    }
}
