package dev.stsw.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON of the small files that lie beside models ({@code config.json}, {@code adapter_config.json}) as Java's own
 * types, as strictly as headers are read: UTF-8, at most 127 open brackets. For any number of threads.
 */
public final class JsonObject {
    private JsonObject() {}

    /**
     * The members of an object, in its order: {@link String}, {@link Boolean}, {@link Double}, unmodifiable {@link List} and
     * {@link Map}. Members and items that are {@code null} are left out; of a key that occurs twice, the last counts, as in
     * Python.
     *
     * @param json the whole file
     * @param what it is, for messages
     * @throws HeaderException if it is not the JSON of an object
     */
    public static Map<String, Object> parse(byte[] json, String what) throws HeaderException {
        Json in = Json.of(json, 0, what);
        Map<String, Object> members = object(in);
        in.finish();
        return members;
    }

    private static Map<String, Object> object(Json in) throws HeaderException {
        Map<String, Object> members = new LinkedHashMap<>();
        in.open('{');
        for (boolean more = !in.closes('}'); more; more = in.more('}')) {
            String key = in.string();
            in.expect(':');
            members.remove(key);
            if (!in.skipNull()) {
                members.put(key, value(in));
            }
        }
        return Collections.unmodifiableMap(members);
    }

    private static List<Object> array(Json in) throws HeaderException {
        List<Object> items = new ArrayList<>();
        in.open('[');
        for (boolean more = !in.closes(']'); more; more = in.more(']')) {
            if (!in.skipNull()) {
                items.add(value(in));
            }
        }
        return Collections.unmodifiableList(items);
    }

    private static Object value(Json in) throws HeaderException {
        return switch (in.peek()) {
            case '{' -> object(in);
            case '[' -> array(in);
            case '"' -> in.string();
            default -> {
                String text = in.skippedText();
                yield text.equals("true") || text.equals("false") ? Boolean.valueOf(text) : Double.valueOf(text);
            }
        };
    }
}
