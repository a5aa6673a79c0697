package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a header's JSON into entries, in the order in which they stand, and knows nothing of how they must lie.
 *
 * <p>The form is that of the reference's {@code HashMetadata} and {@code TensorInfo} (tensor.rs): any key but {@code
 * __metadata__} is a tensor, with {@code dtype}, {@code shape} and {@code data_offsets}, other keys being ignored.
 */
final class HeaderParser {
    private static final String[] FIELDS = {"dtype", "shape", "data_offsets"};
    private static final int DTYPE = 1;
    private static final int SHAPE = 2;
    private static final int OFFSETS = 4;

    private final Json json;
    private final boolean legacy;
    /** A HashMap, because it stays fast when hostile names share one hash code. */
    private final Map<String, TensorMeta> byName = new HashMap<>();

    private final List<TensorMeta> tensors = new ArrayList<>();
    private int[] positions = new int[16];
    private long[] dimensions = new long[8];
    private @Nullable Map<String, String> metadata;
    private boolean metadataSeen;
    private boolean versioned;
    private boolean incomplete;
    private int checksumsBegin = -1;
    private int checksumsEnd = -1;

    // The tensor that is being read; what is missing in it is found out by requireAllFields.
    private String fieldName = "";
    private DType dtype = DType.F32;
    private Shape shape = Shape.of();
    private long begin;
    private long end;
    private OptionalLong crc32 = OptionalLong.empty();

    private HeaderParser(Json json, boolean legacy) {
        this.json = json;
        this.legacy = legacy;
    }

    /** Parses {@code bytes[Header.PREFIX_BYTES..]} as a whole. */
    static HeaderParser parse(byte[] bytes) throws HeaderException {
        return parse(bytes, false);
    }

    /** Parses a header that may hold the Python original's {@code __version__}, {@code __incomplete__} and CRCs. */
    static HeaderParser parseLegacy(byte[] bytes) throws HeaderException {
        return parse(bytes, true);
    }

    private static HeaderParser parse(byte[] bytes, boolean legacy) throws HeaderException {
        HeaderParser parser = new HeaderParser(new Json(bytes, Header.PREFIX_BYTES, bytes.length), legacy);
        if (bytes.length == Header.PREFIX_BYTES || bytes[Header.PREFIX_BYTES] != '{') {
            throw parser.json.error("'{', with which a header begins,", Header.PREFIX_BYTES);
        }
        parser.header();
        return parser;
    }

    List<TensorMeta> tensors() {
        return tensors;
    }

    Map<String, TensorMeta> byName() {
        return byName;
    }

    /** Where in the file the name of the tensor at {@code index} begins. */
    int position(int index) {
        return positions[index];
    }

    /** All of {@code __metadata__}; null where there is none. */
    @Nullable
    Map<String, String> metadata() {
        return metadata;
    }

    /** Whether a legacy header has a {@code __version__}. */
    boolean versioned() {
        return versioned;
    }

    /** Whether a legacy header says {@code "__incomplete__": true}. */
    boolean incomplete() {
        return incomplete;
    }

    /** Where in the file the text of the checksum entry begins, without its quote; −1 if there is none. */
    int checksumsBegin() {
        return checksumsBegin;
    }

    int checksumsEnd() {
        return checksumsEnd;
    }

    private void header() throws HeaderException {
        json.open('{');
        for (boolean more = !json.closes('}'); more; more = json.more('}')) {
            json.peek();
            int at = json.position();
            String key = json.string();
            json.expect(':');
            if (legacy && (key.equals(LegacyHeader.VERSION) || key.equals(LegacyHeader.INCOMPLETE))) {
                legacyMark(key);
            } else if (!key.equals(Header.METADATA_KEY)) {
                tensor(key, at);
            } else if (metadataSeen) {
                throw Json.duplicate(key, at);
            } else {
                metadataSeen = true;
                metadata = json.skipNull() ? null : metadataEntries();
            }
        }
        if (!versioned) {
            json.finish(); // The Python original may leave the end of its first header behind the final one.
        }
    }

    private Map<String, String> metadataEntries() throws HeaderException {
        Map<String, String> entries = new LinkedHashMap<>();
        json.open('{');
        for (boolean more = !json.closes('}'); more; more = json.more('}')) {
            json.peek();
            int at = json.position();
            String key = json.string();
            json.expect(':');
            boolean text = json.peek() == '"';
            if (!text && !legacy) {
                throw malformed("metadata " + Names.quote(key), "a string");
            }
            int begin = json.position() + 1;
            if (entries.put(key, text ? json.string() : json.skippedText()) != null) {
                throw Json.duplicate(key, at);
            }
            if (key.equals(Checksums.KEY)) {
                checksumsBegin = begin;
                checksumsEnd = json.position() - 1;
            }
        }
        return entries;
    }

    private void legacyMark(String key) throws HeaderException {
        boolean isTrue = json.peek() == 't';
        json.skipValue();
        if (key.equals(LegacyHeader.VERSION)) {
            versioned = true;
        } else {
            incomplete = isTrue;
        }
    }

    private void tensor(String name, int at) throws HeaderException {
        if (json.peek() != '{') {
            throw malformed("tensor " + Names.quote(name), "an object");
        }
        TensorMeta tensor = tensorInfo(name, at);
        if (byName.putIfAbsent(name, tensor) != null) {
            throw Json.duplicate(name, at);
        }
        if (tensors.size() == positions.length) {
            positions = Arrays.copyOf(positions, positions.length * 2);
        }
        positions[tensors.size()] = at;
        tensors.add(tensor);
    }

    private TensorMeta tensorInfo(String name, int at) throws HeaderException {
        int seen = 0;
        Set<String> others = Set.of();
        crc32 = OptionalLong.empty();
        json.open('{');
        for (boolean more = !json.closes('}'); more; more = json.more('}')) {
            json.peek();
            int keyAt = json.position();
            int field = field();
            if (field == 0) {
                others = others.isEmpty() ? new HashSet<>() : others;
            }
            if ((seen & field) != 0 || (field == 0 && !others.add(fieldName))) {
                throw Json.duplicate(fieldName, keyAt);
            }
            seen |= field;
            json.expect(':');
            switch (field) {
                case DTYPE -> dtype(name);
                case SHAPE -> shape(name);
                case OFFSETS -> offsets(name);
                default -> otherField(name);
            }
        }
        requireAllFields(name, at, seen);
        if (end < begin) {
            throw new HeaderException(
                    null,
                    Fault.BAD_OFFSETS,
                    "tensor " + Names.quote(name) + " (header byte " + at + "): data_offsets run backwards, from "
                            + begin + " to " + end);
        }
        return new TensorMeta(name, dtype, shape, begin, end, crc32);
    }

    /** Reads the name of a field; without a String where it is one of the three, plainly written. */
    private int field() throws HeaderException {
        for (int i = 0; i < FIELDS.length; i++) {
            if (json.skipString(FIELDS[i])) {
                fieldName = FIELDS[i];
                return 1 << i;
            }
        }
        fieldName = json.string();
        int index = Arrays.asList(FIELDS).indexOf(fieldName);
        return index < 0 ? 0 : 1 << index;
    }

    private void dtype(String name) throws HeaderException {
        if (json.skipString(dtype.name())) {
            return; // The same as the tensor's before, as nearly always.
        }
        if (json.peek() != '"') {
            throw malformed("dtype of tensor " + Names.quote(name), "a string");
        }
        int at = json.position();
        String text = json.string();
        dtype = DType.find(text)
                .orElseThrow(() -> new HeaderException(
                        null,
                        Fault.UNKNOWN_DTYPE,
                        "dtype of tensor " + Names.quote(name) + " at byte " + at
                                + ": expected a dtype of safetensors 0.8.0 but found " + Names.quote(text)));
    }

    private void shape(String name) throws HeaderException {
        openArray(name, "shape");
        int rank = 0;
        for (boolean more = !json.closes(']'); more; more = json.more(']')) {
            if (rank == dimensions.length) {
                dimensions = Arrays.copyOf(dimensions, rank * 2);
            }
            dimensions[rank++] = json.integer("shape", name);
        }
        shape = Shape.of(Arrays.copyOf(dimensions, rank));
    }

    private void offsets(String name) throws HeaderException {
        openArray(name, "data_offsets");
        begin = json.integer("data_offsets", name);
        json.expect(',');
        end = json.integer("data_offsets", name);
        if (json.more(']')) {
            throw malformed("data_offsets of tensor " + Names.quote(name), "two numbers");
        }
    }

    private void otherField(String name) throws HeaderException {
        if (legacy && fieldName.equals("crc32") && !json.skipNull()) {
            crc32 = OptionalLong.of(json.integer("crc32", name));
        } else {
            json.skipValue();
        }
    }

    private void openArray(String name, String field) throws HeaderException {
        if (json.peek() != '[') {
            throw malformed(field + " of tensor " + Names.quote(name), "an array");
        }
        json.open('[');
    }

    private static void requireAllFields(String name, int at, int seen) throws HeaderException {
        for (int i = 0; i < FIELDS.length; i++) {
            if ((seen & 1 << i) == 0) {
                throw new HeaderException(
                        null,
                        Fault.MALFORMED,
                        "tensor " + Names.quote(name) + " (header byte " + at + ") has no '" + FIELDS[i] + "'");
            }
        }
    }

    private HeaderException malformed(String what, String expected) {
        int at = json.position();
        return new HeaderException(
                null,
                Fault.MALFORMED,
                what + " at byte " + at + ": expected " + expected + " but found " + json.found(at));
    }
}
