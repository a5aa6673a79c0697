package dev.stsw.spark;

import dev.stsw.format.DType;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Writes every model below some paths with its floating-point tensors in another floating-point dtype, bit for bit as torch
 * casts. Integers stay as they are.
 *
 * <p>Columns as those of {@link Convert}; {@code notes} say how many values are beyond what the dtype can hold.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Cast stsw-spark-all.jar PATH… --to bf16 --out FOLDER [--max-shard-size 5GB]
 * [--crc32] [--report REPORT]}
 */
public final class Cast {
    private Cast() {}

    /**
     * Writes, at once.
     *
     * @param out folder for what is written, at the same paths below it. Files that are there already are not replaced
     * @return one row for each file written, and for each model that could not be read
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths, DType to, String out, OutputOptions options) {
        return Rewrite.run(spark, Model.of(Session.models(spark, paths)), out, options, to);
    }

    private static DType dtype(String name) {
        return DType.find(name.toUpperCase(Locale.ROOT))
                .orElseThrow(() -> new Arguments.UsageException(
                        "--to: '" + name + "' is no dtype; expected f32, bf16, f16, f64, f8_e4m3, f8_e5m2 …"));
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "cast PATH… --to DTYPE --out FOLDER [--max-shard-size SIZE] [--crc32] [--report REPORT]",
                args,
                Arguments.of("to", "out", "max-shard-size", "report").withSwitches("crc32"),
                (spark, arguments) -> of(
                        spark,
                        arguments.paths(),
                        dtype(arguments.get("to")),
                        arguments.get("out"),
                        OutputOptions.of(arguments)));
    }
}
