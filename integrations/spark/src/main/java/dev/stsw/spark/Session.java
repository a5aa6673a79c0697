package dev.stsw.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.jdk.javaapi.CollectionConverters;

/** What is read from the session of Spark, by its public methods alone, which are those of 4.0 as well as of 4.2. */
final class Session {
    private Session() {}

    /** Hadoop's configuration as the session has it. */
    static HadoopConf hadoopConf(SparkSession spark) {
        return hadoopConf(spark, Map.of());
    }

    /** Hadoop's configuration as the session has it, and then what an option says; as Spark's own formats see it. */
    static HadoopConf hadoopConf(SparkSession spark, Map<String, String> options) {
        Configuration conf = new Configuration(spark.sparkContext().hadoopConfiguration());
        CollectionConverters.asJava(spark.conf().getAll()).forEach(conf::set);
        options.forEach((key, value) -> {
            if (!key.equals("path") && !key.equals("paths")) {
                conf.set(key, value);
            }
        });
        return new HadoopConf(conf);
    }

    /** All safetensors files below these paths. */
    static List<Listing.Entry> models(SparkSession spark, List<String> paths) {
        return list(spark, paths, Listing::isModel);
    }

    /** The driver lists, once. */
    static List<Listing.Entry> list(SparkSession spark, List<String> paths, Predicate<String> names) {
        try {
            return Listing.below(hadoopConf(spark).get(), paths, names);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The ranges that these files are read in, those of a task in a partition each. */
    static JavaRDD<FileRange> ranges(
            SparkSession spark, List<Listing.Entry> files, long splitBytes, boolean headersOnly) {
        List<List<FileRange>> tasks = Splits.plan(files, splitBytes, headersOnly);
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(tasks, Math.max(1, tasks.size()))
                .flatMap(ranges -> ranges.iterator());
    }

    /** A report as a table that is computed once, whatever is asked of it: the tensors behind it were read for it. */
    static Dataset<Row> report(Dataset<Row> table) {
        return table.persist(StorageLevel.MEMORY_AND_DISK());
    }

    /** Bytes that a task is to read, where nobody said otherwise: Spark's own setting. */
    static long splitBytes(SparkSession spark) {
        return Sizes.parse("spark.sql.files.maxPartitionBytes", spark.conf().get("spark.sql.files.maxPartitionBytes"));
    }
}
