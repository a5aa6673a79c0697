package dev.stsw.spark;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Converts every PyTorch checkpoint below some paths, without Python and without running its code, one tensor in memory at a
 * time. Models of several {@code .bin} files become one model.
 *
 * <p>Columns: {@code file}, {@code path} (below the folder that was given), {@code out}, {@code tensors}, {@code size} (bytes
 * written), {@code notes} (what was left out, shared, taken from a key), {@code problem}.
 *
 * <p>{@code spark-submit --class dev.stsw.spark.Convert stsw-spark-all.jar PATH… --out FOLDER [--max-shard-size 5GB] [--crc32]
 * [--report REPORT]}
 */
public final class Convert {
    private static final Pattern CHECKPOINT = Pattern.compile(".+\\.(bin|pt|pth|ckpt)", Pattern.CASE_INSENSITIVE);

    /** What trainers keep beside a model. Named by itself, such a file is tried all the same. */
    private static final Pattern NO_MODEL = Pattern.compile(
            "(?:.*[_.-])?(?:optim|optimizer|optim_states|optimizer_state|rng_state|random_states?|scheduler|scaler|sampler)"
                    + "(?:[_.-]?[0-9]+)*\\.[a-z]+|(training_args|trainer_state)\\.[a-z]+");

    private Convert() {}

    /**
     * Converts, at once.
     *
     * @param paths files, folders or patterns of Hadoop's file systems
     * @param out folder for what is written, at the same paths below it: {@code a/pytorch_model.bin} becomes
     *     {@code a/model.safetensors}. Files that are there already are not replaced
     * @return one row for each file written, and for each checkpoint that could not be read
     */
    public static Dataset<Row> of(SparkSession spark, List<String> paths, String out, OutputOptions options) {
        List<Listing.Entry> files = Session.list(spark, paths, Convert::isCheckpoint);
        return Rewrite.run(spark, Model.of(files), out, options, null);
    }

    private static boolean isCheckpoint(String name) {
        return CHECKPOINT.matcher(name).matches()
                && !NO_MODEL.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }

    /** The application. */
    public static void main(String[] args) {
        Application.main(
                "convert PATH… --out FOLDER [--max-shard-size SIZE] [--crc32] [--report REPORT]",
                args,
                Arguments.of("out", "max-shard-size", "report").withSwitches("crc32"),
                (spark, arguments) -> of(spark, arguments.paths(), arguments.get("out"), OutputOptions.of(arguments)));
    }
}
