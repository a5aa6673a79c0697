package dev.stsw.spark;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Computes the CRC-32 of every tensor below some paths: a report that {@link Verify} compares the files with later, for files
 * that carry no checksums of their own.
 *
 * <p>Columns: {@code file}, {@code path} (below the folder that was given), {@code tensor}, {@code dtype}, {@code shape},
 * {@code nbytes}, {@code crc32} (8 hex digits), {@code problem}. A file that cannot be read is a row with a problem and no
 * tensor.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Checksum stsw-spark-all.jar PATH… --report crc.parquet}
 */
public final class Checksum {
    private static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("path", DataTypes.StringType, false)
            .add("tensor", DataTypes.StringType, true)
            .add("dtype", DataTypes.StringType, true)
            .add("shape", DataTypes.createArrayType(DataTypes.LongType, false), true)
            .add("nbytes", DataTypes.LongType, true)
            .add("crc32", DataTypes.StringType, true)
            .add("problem", DataTypes.StringType, true);

    private Checksum() {}

    /**
     * Reads every byte once, when the report is first asked for.
     *
     * @param paths files, folders or patterns of Hadoop's file systems
     * @return the report; kept by Spark until {@link Dataset#unpersist()}
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths) {
        return Session.report(table(spark, paths));
    }

    /** The same, computed whenever it is asked for. */
    static Dataset<Row> table(SparkSession spark, List<String> paths) {
        List<Listing.Entry> files = Session.models(spark, paths);
        return spark.createDataFrame(TensorWork.of(spark, files, new CrcFold()).map(Checksum::row), SCHEMA);
    }

    private static Row row(Piece<Long> piece) {
        FileRange range = piece.range;
        if (piece.tensor == null) {
            return RowFactory.create(range.file(), range.path(), null, null, null, null, null, piece.problem);
        }
        String crc32 = piece.value == null ? null : Hex.of(piece.value);
        return RowFactory.create(
                range.file(), range.path(), piece.tensor, piece.dtype, piece.shape, piece.nbytes, crc32, piece.problem);
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "checksum PATH… --report REPORT",
                args,
                Arguments.of("report"),
                (spark, arguments) -> of(spark, arguments.paths()));
    }
}
