package dev.stsw.spark;

import dev.stsw.format.TensorSpec;
import dev.stsw.spark.Arguments.UsageException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What all applications do alike: a command line in, a report out, and an exit code: 0 for all good, 1 for bad files among
 * them, 2 for wrong usage, or for what could not be checked.
 */
final class Application {
    /** So many problems are printed; the report has all. */
    private static final int SHOWN = 100;

    private Application() {}

    /** Ends the virtual machine if there is anything but good to tell. */
    static void main(
            String usage, String[] args, Arguments known, BiFunction<SparkSession, Arguments, Dataset<Row>> work) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int code = run(usage, args, known, work, out);
        if (code != 0) {
            System.exit(code);
        }
    }

    static int run(
            String usage,
            String[] args,
            Arguments known,
            BiFunction<SparkSession, Arguments, Dataset<Row>> work,
            PrintStream out) {
        try {
            known.parse(args);
        } catch (UsageException e) {
            out.println(e.getMessage() + "\nusage: " + usage);
            return 2;
        }
        boolean ours = SparkSession.getActiveSession().isEmpty()
                && SparkSession.getDefaultSession().isEmpty();
        SparkSession spark = SparkSession.builder().appName("stsw " + usage).getOrCreate();
        try {
            return report(work.apply(spark, known), known, out);
        } catch (UncheckedIOException e) {
            out.println(Objects.requireNonNull(e.getCause()).getMessage());
            return 2;
        } catch (UsageException | IllegalArgumentException e) {
            out.println(e.getMessage());
            return 2;
        } finally {
            if (ours) {
                spark.stop();
            }
        }
    }

    private static int report(Dataset<Row> report, Arguments arguments, PrintStream out) {
        try {
            if (arguments.has("report")) {
                Reports.write(report, arguments.get("report"));
            }
            long rows = report.count();
            Dataset<Row> bad = report.where("problem is not null");
            long problems = bad.count();
            for (Row row : bad.takeAsList(SHOWN)) {
                out.println(line(row));
            }
            if (problems > SHOWN) {
                out.println("… and " + (problems - SHOWN) + " more, which --report keeps");
            }
            if (problems == 0 && !arguments.has("report")) {
                for (Row row : report.takeAsList(SHOWN)) {
                    out.println(row.json());
                }
            }
            out.println(
                    rows + (rows == 1 ? " row, " : " rows, ") + problems + (problems == 1 ? " problem" : " problems"));
            long unproved = bad.where(report.col("problem").equalTo(Verify.NOTHING_PROVED))
                    .count();
            return problems == 0 ? rows == 0 ? 2 : 0 : problems == unproved ? 2 : 1;
        } finally {
            report.unpersist();
        }
    }

    /** As the command line says it: {@code file: tensor 'name': problem}. */
    private static String line(Row row) {
        List<String> fields = Arrays.asList(row.schema().fieldNames());
        StringBuilder line = new StringBuilder();
        String file = row.getAs("file");
        line.append(file == null ? row.<String>getAs("path") : file);
        if (fields.contains("tensor") && row.getAs("tensor") != null) {
            line.append(": tensor ").append(TensorSpec.quote(row.getAs("tensor")));
        }
        line.append(": ").append(row.<String>getAs("problem"));
        if (fields.contains("found") && row.getAs("expected") != null && row.getAs("found") != null) {
            line.append(": CRC-32 expected ")
                    .append(row.<String>getAs("expected"))
                    .append(" but was ")
                    .append(row.<String>getAs("found"));
        }
        return line.toString();
    }
}
