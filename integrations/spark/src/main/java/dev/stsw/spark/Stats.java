package dev.stsw.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.stsw.stream.Statistics;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What the values of every tensor below some paths are like, and where NaN and infinity are.
 *
 * <p>Columns: {@code file}, {@code path} (below the folder that was given), {@code tensor}, {@code dtype}, {@code shape},
 * {@code elements}, {@code zeros}, {@code nan}, {@code inf}, and over the finite values {@code min}, {@code max}, {@code mean},
 * {@code std}, {@code l2}; {@code problem}. A file that cannot be read is a row with a problem and no tensor. A tensor in
 * several tasks has the same numbers, but for the last digits of the sums.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Stats stsw-spark-all.jar PATH… [--finite] [--report REPORT]}; with
 * {@code --finite}, a tensor with NaN or infinity is a problem.
 */
public final class Stats {
    private static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("path", DataTypes.StringType, false)
            .add("tensor", DataTypes.StringType, true)
            .add("dtype", DataTypes.StringType, true)
            .add("shape", DataTypes.createArrayType(DataTypes.LongType, false), true)
            .add("elements", DataTypes.LongType, true)
            .add("zeros", DataTypes.LongType, true)
            .add("nan", DataTypes.LongType, true)
            .add("inf", DataTypes.LongType, true)
            .add("min", DataTypes.DoubleType, true)
            .add("max", DataTypes.DoubleType, true)
            .add("mean", DataTypes.DoubleType, true)
            .add("std", DataTypes.DoubleType, true)
            .add("l2", DataTypes.DoubleType, true)
            .add("problem", DataTypes.StringType, true);

    private Stats() {}

    /**
     * Reads every byte once, when the report is first asked for.
     *
     * @param paths files, folders or patterns of Hadoop's file systems
     * @return the report; kept by Spark until {@link Dataset#unpersist()}
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths) {
        List<Listing.Entry> files = Session.models(spark, paths);
        return Session.report(spark.createDataFrame(
                TensorWork.of(spark, files, new StatisticsFold()).map(Stats::row), SCHEMA));
    }

    private static Row row(Piece<Statistics> piece) {
        FileRange range = piece.range;
        Statistics of = piece.value;
        if (piece.tensor == null || of == null) {
            return RowFactory.create(
                    range.file(),
                    range.path(),
                    piece.tensor,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    piece.problem);
        }
        return RowFactory.create(
                range.file(),
                range.path(),
                piece.tensor,
                piece.dtype,
                piece.shape,
                of.count(),
                of.zeros(),
                of.nan(),
                of.inf(),
                orNull(of.min()),
                orNull(of.max()),
                orNull(of.mean()),
                orNull(of.std()),
                orNull(of.l2()),
                piece.problem);
    }

    static @Nullable Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private static Dataset<Row> finite(Dataset<Row> report) {
        return report.withColumn(
                "problem",
                coalesce(
                        col("problem"),
                        when(col("nan").plus(col("inf")).gt(0), lit("it has values that are NaN or infinite"))));
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "stats PATH… [--finite] [--report REPORT]",
                args,
                Arguments.of("report").withSwitches("finite"),
                (spark, arguments) ->
                        arguments.has("finite") ? finite(of(spark, arguments.paths())) : of(spark, arguments.paths()));
    }
}
