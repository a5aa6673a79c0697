package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The index of a model that is split over several files: {@code model.safetensors.index.json}, as transformers writes it.
 *
 * @param totalSize bytes of all tensors; empty where the index does not say, or not as an integer
 * @param files for each tensor the file that holds it: its name beside the index, or a path below with {@code /}; in the
 *     order of the tensors' names
 */
public record ShardIndex(OptionalLong totalSize, Map<String, String> files) {
    /** How the names of such files end. */
    public static final String SUFFIX = ".index.json";

    private static final String WEIGHT_MAP = "weight_map";
    private static final String METADATA = "metadata";
    private static final String TOTAL_SIZE = "total_size";

    /**
     * Takes a sorted copy.
     *
     * @throws IllegalArgumentException if there is no tensor, or a file's name leads elsewhere than below the index
     */
    public ShardIndex {
        Objects.requireNonNull(totalSize);
        TreeMap<String, String> sorted = new TreeMap<>(Names.UTF8_ORDER);
        sorted.putAll(files);
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("an index without tensors");
        }
        sorted.values().forEach(ShardIndex::requireBelow);
        files = Collections.unmodifiableMap(sorted);
    }

    /** A path that cannot lead out of the folder of the index: plain names, with slashes between them. */
    private static boolean isBelow(String file) {
        for (String name : file.split("/", -1)) {
            if (!isPlain(name)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(String name) {
        return !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars()
                        .noneMatch(
                                c -> c < ' ' || c == 0x7f || c == '\\' || c == ':' || Character.isSurrogate((char) c));
    }

    private static void requireBelow(String file) {
        if (!isBelow(file)) {
            throw new IllegalArgumentException(
                    "shard " + Names.quote(file) + " is not the plain name or path of a file below the index");
        }
    }

    /**
     * Reads an index.
     *
     * @param json the whole file
     * @throws HeaderException if it is not the JSON of an index, or names a file elsewhere than beside or below it
     */
    public static ShardIndex parse(byte[] json) throws HeaderException {
        Json in = Json.of(json, 0, "index");
        OptionalLong totalSize = OptionalLong.empty();
        Map<String, String> files = null;
        boolean metadata = false;
        in.open('{');
        for (boolean more = !in.closes('}'); more; more = in.more('}')) {
            in.peek();
            int at = in.position();
            String key = in.string();
            in.expect(':');
            if (key.equals(WEIGHT_MAP) ? files != null : key.equals(METADATA) && metadata) {
                throw Json.duplicate(key, at);
            }
            if (key.equals(WEIGHT_MAP)) {
                files = weightMap(in);
            } else if (key.equals(METADATA) && in.peek() == '{') {
                metadata = true;
                totalSize = totalSize(in);
            } else {
                in.skipValue();
            }
        }
        in.finish();
        if (files == null || files.isEmpty()) {
            throw new HeaderException(
                    null, Fault.MALFORMED, "not an index of shards: it has no '" + WEIGHT_MAP + "' with tensors");
        }
        return new ShardIndex(totalSize, files);
    }

    private static Map<String, String> weightMap(Json in) throws HeaderException {
        Map<String, String> files = new TreeMap<>(Names.UTF8_ORDER);
        // A model has few files and many tensors: one String a file is enough.
        Map<String, String> names = new TreeMap<>();
        in.open('{');
        for (boolean more = !in.closes('}'); more; more = in.more('}')) {
            in.peek();
            int at = in.position();
            String tensor = in.string();
            in.expect(':');
            String file = in.string();
            if (!isBelow(file)) {
                throw new HeaderException(
                        null,
                        Fault.MALFORMED,
                        "tensor " + Names.quote(tensor) + " (index byte " + at + "): expected the plain name of a file"
                                + " beside the index, or a path below it, but found " + Names.quote(file));
            }
            String shared = names.putIfAbsent(file, file);
            if (files.put(tensor, shared == null ? file : shared) != null) {
                throw Json.duplicate(tensor, at);
            }
        }
        return files;
    }

    /** Some writers put a float there, or a text: then it says nothing. */
    private static OptionalLong totalSize(Json in) throws HeaderException {
        OptionalLong total = OptionalLong.empty();
        in.open('{');
        for (boolean more = !in.closes('}'); more; more = in.more('}')) {
            String key = in.string();
            in.expect(':');
            long value = key.equals(TOTAL_SIZE) ? in.integer() : -1;
            if (value >= 0) {
                total = OptionalLong.of(value);
            } else {
                in.skipValue();
            }
        }
        return total;
    }

    /** The files, each once, sorted, as the index has them. */
    public List<String> shards() {
        return files.values().stream().distinct().sorted(Names.UTF8_ORDER).toList();
    }

    /** The name of one of several files, counted from 1: {@code model-00002-of-00003.safetensors}. */
    public static String shardName(String stem, int number, int count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", stem, number, count);
    }

    /** The index as JSON in the form of transformers: ASCII, indented by 2, tensors sorted by name, a line's end. */
    public byte[] toBytes() {
        StringBuilder json = new StringBuilder("{\n  \"metadata\": {");
        totalSize.ifPresent(
                size -> json.append("\n    \"total_size\": ").append(size).append("\n  "));
        json.append("},\n  \"weight_map\": {");
        String separator = "\n    ";
        for (Map.Entry<String, String> tensor : files.entrySet()) {
            json.append(separator);
            quoted(json, tensor.getKey()).append(": ");
            quoted(json, tensor.getValue());
            separator = ",\n    ";
        }
        return json.append("\n  }\n}\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static StringBuilder quoted(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int escape = "\n\r\t\b\f".indexOf(c);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (escape >= 0) {
                json.append('\\').append("nrtbf".charAt(escape));
            } else if (c < ' ' || c >= 0x7f) {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"');
    }
}
