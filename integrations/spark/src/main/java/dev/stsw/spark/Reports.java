package dev.stsw.spark;

import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Reports as files: Parquet, or by the name's end JSON Lines or ORC. Written by Spark as a folder of parts. */
final class Reports {
    private Reports() {}

    static Dataset<Row> read(SparkSession spark, String path) {
        return spark.read().format(format(path)).load(path);
    }

    static void write(Dataset<Row> report, String path) {
        report.write().mode(SaveMode.Overwrite).format(format(path)).save(path);
    }

    private static String format(String path) {
        String name = path.toLowerCase(Locale.ROOT);
        return name.endsWith(".json") || name.endsWith(".jsonl") ? "json" : name.endsWith(".orc") ? "orc" : "parquet";
    }
}
