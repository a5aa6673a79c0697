package dev.stsw.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.stsw.format.Header;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Checks every tensor below some paths against the checksums in its file, or against an earlier report of {@link Checksum}.
 *
 * <p>Columns: {@code file}, {@code path} (below the folder that was given), {@code tensor}, {@code ok}, {@code expected},
 * {@code found} (CRC-32 as 8 hex digits), {@code problem}. What concerns a whole file is a row without a tensor: that it is
 * no safetensors file, was cut, cannot be read, or carries no checksums, so that nothing was proved.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Verify stsw-spark-all.jar PATH… [--expected REPORT] [--report REPORT]}
 */
public final class Verify {
    /** What a file without checksums is told: neither good nor bad. */
    static final String NOTHING_PROVED = "no checksums: nothing was proved";

    private static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("path", DataTypes.StringType, false)
            .add("tensor", DataTypes.StringType, true)
            .add("ok", DataTypes.BooleanType, false)
            .add("expected", DataTypes.StringType, true)
            .add("found", DataTypes.StringType, true)
            .add("problem", DataTypes.StringType, true);

    private Verify() {}

    /**
     * Checks files against the checksums that they carry. Reads every byte once, when the report is first asked for.
     *
     * @param paths files, folders or patterns of Hadoop's file systems
     * @return the report; kept by Spark until {@link Dataset#unpersist()}
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths) {
        List<Listing.Entry> files = Session.models(spark, paths);
        return Session.report(spark.createDataFrame(
                TensorWork.of(spark, files, new StoredCrcFold()).map(Verify::row), SCHEMA));
    }

    /** Reads only what there is something to compare with. */
    private static final class StoredCrcFold extends CrcFold {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable String refusal(Header header) {
            return header.checksums().isEmpty()
                    ? NOTHING_PROVED
                    : header.checksums().get().problem().orElse(null);
        }
    }

    private static Row row(Piece<Long> piece) {
        FileRange range = piece.range;
        Long found = piece.value;
        String expected = piece.stored < 0 ? null : Hex.of(piece.stored);
        boolean ok = piece.problem == null && found != null && found == piece.stored;
        String problem = piece.problem != null || ok ? piece.problem : "its bytes are not what was written";
        return RowFactory.create(
                range.file(), range.path(), piece.tensor, ok, expected, found == null ? null : Hex.of(found), problem);
    }

    /**
     * Checks files against what an earlier report says of them. Files are told by their path below the folder that was
     * given, so that a copy elsewhere can be compared.
     *
     * @param expected with the columns 'path', 'tensor' and 'crc32', as {@link Checksum} makes it
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths, Dataset<Row> expected) {
        Dataset<Row> found = Checksum.table(spark, paths)
                .select(
                        col("file"),
                        col("path"),
                        col("tensor"),
                        col("crc32").as("found"),
                        col("problem").as("fault"));
        Dataset<Row> wanted = expected.where(col("tensor").isNotNull())
                .select(
                        col("path").as("path2"),
                        col("tensor").as("tensor2"),
                        col("crc32").as("expected"));
        Column same = col("path").equalTo(col("path2")).and(col("tensor").equalTo(col("tensor2")));
        Column ok = coalesce(col("found").equalTo(col("expected")), lit(false));
        Column problem = when(col("fault").isNotNull(), col("fault"))
                .when(col("file").isNull(), lit("the report has it, but it is not there"))
                .when(col("expected").isNull(), lit("the report does not have it"))
                .when(col("found").notEqual(col("expected")), lit("its bytes are not what the report says"));
        return Session.report(found.join(wanted, same, "full_outer")
                .select(
                        col("file"),
                        coalesce(col("path"), col("path2")).as("path"),
                        coalesce(col("tensor"), col("tensor2")).as("tensor"),
                        ok.as("ok"),
                        col("expected"),
                        col("found"),
                        problem.as("problem")));
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "verify PATH… [--expected REPORT] [--report REPORT]",
                args,
                Arguments.of("expected", "report"),
                (spark, arguments) -> arguments.has("expected")
                        ? of(spark, arguments.paths(), Reports.read(spark, arguments.get("expected")))
                        : of(spark, arguments.paths()));
    }
}
