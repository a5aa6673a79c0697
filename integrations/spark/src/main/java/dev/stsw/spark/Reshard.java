package dev.stsw.spark;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Writes every model below some paths into files of another size: splits it, or merges its shards. Each output file is copied
 * by a task of its own, without a shuffle, and the index follows when all are in place. Checksums that the input carries are
 * compared on the way.
 *
 * <p>Columns as those of {@link Convert}.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Reshard stsw-spark-all.jar PATH… --out FOLDER [--max-shard-size 5GB] [--crc32]
 * [--report REPORT]}
 */
public final class Reshard {
    private Reshard() {}

    /**
     * Writes, at once.
     *
     * @param paths files, folders or patterns of Hadoop's file systems; files whose names say {@code -00001-of-00003} are one
     *     model, any other is a model itself
     * @param out folder for what is written, at the same paths below it. Files that are there already are not replaced
     * @return one row for each file written, and for each model that could not be read
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths, String out, OutputOptions options) {
        return Rewrite.run(spark, Model.of(Session.models(spark, paths)), out, options, null);
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "reshard PATH… --out FOLDER [--max-shard-size SIZE] [--crc32] [--report REPORT]",
                args,
                Arguments.of("out", "max-shard-size", "report").withSwitches("crc32"),
                (spark, arguments) -> of(spark, arguments.paths(), arguments.get("out"), OutputOptions.of(arguments)));
    }
}
