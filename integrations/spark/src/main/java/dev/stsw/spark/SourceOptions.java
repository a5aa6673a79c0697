package dev.stsw.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stsw.format.DType;
import dev.stsw.stream.Narrowing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** What a user said by {@code option(…)}, read and checked. On the driver only. */
final class SourceOptions {
    private final CaseInsensitiveStringMap options;

    SourceOptions(CaseInsensitiveStringMap options) {
        this.options = options;
    }

    StructType schema() {
        return rows() ? RowColumns.SCHEMA : TensorColumns.SCHEMA;
    }

    /** Whether a row is a row of a matrix. */
    boolean rows() {
        return options.getBoolean("rows", false);
    }

    /** The one folder to write to. */
    String folder() {
        if (paths().size() > 1) {
            throw new IllegalArgumentException("format 'safetensors' writes to one path, not to " + paths());
        }
        return paths().get(0);
    }

    /** Bytes of tensors in a file at most. */
    long maxShardBytes() {
        long bytes = Sizes.parse("maxShardSize", options.getOrDefault("maxShardSize", "5GB"));
        if (bytes < 1) {
            throw new IllegalArgumentException("option 'maxShardSize' must be positive");
        }
        return bytes;
    }

    /** What vectors are written as. */
    DType dtype() {
        String name = options.getOrDefault("dtype", "F32").toUpperCase(Locale.ROOT);
        return DType.find(name)
                .filter(Narrowing::supports)
                .orElseThrow(() -> new IllegalArgumentException(
                        "option 'dtype': expected F32, F16, BF16, F64 or an F8 type but found '" + name + "'"));
    }

    HadoopConf hadoopConf() {
        return Session.hadoopConf(SparkSession.active(), options.asCaseSensitiveMap());
    }

    /** What {@code load(…)} was given: one path as it is, several as an array of JSON. */
    List<String> paths() {
        List<String> paths = new ArrayList<>();
        String several = options.get("paths");
        if (several != null) {
            try {
                paths.addAll(List.of(new ObjectMapper().readValue(several, String[].class)));
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("option 'paths' is not a JSON array of texts: " + several, e);
            }
        }
        if (options.containsKey("path")) {
            paths.add(options.get("path"));
        }
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("format 'safetensors' needs a path: load(\"…\")");
        }
        return paths;
    }

    /** Bytes in a row at most; 0 for a row per tensor. */
    long chunkBytes() {
        long bytes = Sizes.parse("chunkBytes", options.getOrDefault("chunkBytes", "0"));
        if (bytes % Long.BYTES != 0 || bytes > Integer.MAX_VALUE - Long.BYTES) {
            throw new IllegalArgumentException(
                    "option 'chunkBytes' must be a multiple of 8 below 2 GiB, so that no element"
                            + " is cut and a row can hold it, not " + bytes);
        }
        return bytes;
    }

    /** Bytes that a task reads, about. */
    long splitBytes() {
        String given = options.get("splitBytes");
        return given != null ? Sizes.parse("splitBytes", given) : Session.splitBytes(SparkSession.active());
    }

    /** As Spark's own formats call it: a bad file is passed over, and the log says so. */
    boolean ignoreCorruptFiles() {
        return options.containsKey("ignoreCorruptFiles")
                ? options.getBoolean("ignoreCorruptFiles", false)
                : Boolean.parseBoolean(SparkSession.active().conf().get("spark.sql.files.ignoreCorruptFiles"));
    }
}
