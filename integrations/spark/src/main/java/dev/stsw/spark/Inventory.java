package dev.stsw.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import dev.stsw.format.Header;
import dev.stsw.format.SafetensorsException;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Lists the models below some paths, by their headers alone.
 *
 * <p>Columns: {@code file}, {@code path} (below the folder that was given), {@code size} (bytes of the file), {@code tensors},
 * {@code parameters} (elements of all tensors), {@code dtypes} (elements of each dtype), {@code checksums} (whether the file
 * carries them), {@code metadata}, {@code problem}. With content hashes also {@code content}, the same for files whose bytes
 * are the same, and {@code copies}, how many of these there are.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Inventory stsw-spark-all.jar PATH… [--duplicates] [--report REPORT]}
 */
public final class Inventory {
    private static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("path", DataTypes.StringType, false)
            .add("size", DataTypes.LongType, false)
            .add("tensors", DataTypes.LongType, true)
            .add("parameters", DataTypes.LongType, true)
            .add("dtypes", DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType, false), true)
            .add("checksums", DataTypes.BooleanType, true)
            .add("metadata", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType, false), true)
            .add("problem", DataTypes.StringType, true);

    private Inventory() {}

    /**
     * One row a file; reads headers, and nothing else.
     *
     * @return the report; kept by Spark until {@link Dataset#unpersist()}
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths) {
        return Session.report(list(spark, Session.models(spark, paths)));
    }

    private static Dataset<Row> list(SparkSession spark, List<Listing.Entry> files) {
        HadoopConf conf = Session.hadoopConf(spark);
        JavaRDD<Row> rows =
                Session.ranges(spark, files, Session.splitBytes(spark), true).map(range -> row(conf, range));
        return spark.createDataFrame(rows, SCHEMA);
    }

    private static Row row(HadoopConf conf, FileRange range) {
        try (TensorFile file = TensorFile.open(conf.get(), range)) {
            Header header = file.header();
            Map<String, Long> dtypes = new TreeMap<>();
            for (TensorMeta tensor : header.tensors()) {
                dtypes.merge(tensor.dtype().name(), tensor.shape().elementCount(), Math::addExact);
            }
            return RowFactory.create(
                    range.file(),
                    range.path(),
                    range.size(),
                    (long) header.tensors().size(),
                    dtypes.values().stream().reduce(0L, Math::addExact),
                    CollectionConverters.asScala(dtypes),
                    header.checksums().isPresent(),
                    header.metadata().map(CollectionConverters::asScala).orElse(null),
                    header.checksums().flatMap(sums -> sums.problem()).orElse(null));
        } catch (SafetensorsException e) {
            return bad(range, e.problem());
        } catch (IOException e) {
            return bad(range, "cannot be read: " + e);
        }
    }

    private static Row bad(FileRange range, String problem) {
        return RowFactory.create(range.file(), range.path(), range.size(), null, null, null, null, null, problem);
    }

    /**
     * The same with content hashes. Only files of a size that others have, too, are read.
     *
     * @return the report; {@code content} is a SHA-256 over the SHA-256s of the file's blocks of 1 MiB, and null where no
     *     other file has that size
     */
    public static Dataset<Row> withDuplicates(SparkSession spark, List<String> paths) {
        List<Listing.Entry> files = Session.models(spark, paths);
        Dataset<Row> hashes = ContentHash.of(spark, files)
                .where(col("content").isNotNull())
                .withColumn("copies", count(lit(1)).over(Window.partitionBy("content")));
        return Session.report(list(spark, files).join(hashes, new String[] {"file"}, "left"));
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "inventory PATH… [--duplicates] [--report REPORT]",
                args,
                Arguments.of("report").withSwitches("duplicates"),
                (spark, arguments) -> arguments.has("duplicates")
                        ? withDuplicates(spark, arguments.paths())
                        : of(spark, arguments.paths()));
    }
}
