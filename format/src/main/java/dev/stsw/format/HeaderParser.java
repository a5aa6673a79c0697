package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a header's JSON, strictly: where each entry stands, and whether they lie one after the other.
 *
 * <p>The form is that of the reference's {@code HashMetadata} and {@code TensorInfo} (tensor.rs): any key but {@code
 * __metadata__} is a tensor, with {@code dtype}, {@code shape} and {@code data_offsets}, other keys being ignored. No
 * object is made for a tensor; {@link #entry} makes one when somebody wants it.
 */
final class HeaderParser {
    private static final String[] FIELDS = {"dtype", "shape", "data_offsets"};
    private static final int DTYPE = 1;
    private static final int SHAPE = 2;
    private static final int OFFSETS = 4;

    private final Json json;
    private final boolean legacy;
    private final NameTable names;

    private @Nullable Map<String, String> metadata;
    private boolean metadataSeen;
    private boolean versioned;
    private boolean incomplete;
    private int checksumsBegin = -1;
    private int checksumsEnd = -1;
    private boolean contiguous = true;
    private long covered;

    // The tensor that is being read; what is missing in it is found out by requireAllFields.
    private int nameAt;
    private String fieldName = "";
    private DType dtype = DType.F32;
    private long[] dimensions = new long[8];
    private int rank;
    private long begin;
    private long end;
    private OptionalLong crc32 = OptionalLong.empty();

    private HeaderParser(byte[] header, Json json, boolean legacy) {
        this.json = json;
        this.legacy = legacy;
        this.names = new NameTable(header);
    }

    /**
     * Reads {@code header[Header.PREFIX_BYTES..]} as a whole.
     *
     * @param legacy whether the Python original's {@code __version__}, {@code __incomplete__} and {@code crc32} are
     *     understood
     */
    static HeaderParser parse(byte[] header, boolean legacy) throws HeaderException {
        HeaderParser parser = new HeaderParser(header, Json.of(header, Header.PREFIX_BYTES), legacy);
        if (header.length == Header.PREFIX_BYTES || header[Header.PREFIX_BYTES] != '{') {
            throw parser.json.error("'{', with which a header begins,", Header.PREFIX_BYTES);
        }
        parser.header();
        return parser;
    }

    /** Reads one entry of a header that was parsed before; {@code crc32}, unless the entry itself has one. */
    static TensorMeta entry(byte[] header, int position, boolean legacy, OptionalLong crc32) {
        HeaderParser parser = new HeaderParser(header, Json.trusted(header, position), legacy);
        try {
            String name = parser.json.string();
            parser.json.expect(':');
            parser.nameAt = position;
            parser.tensorInfo();
            Shape shape = Shape.of(Arrays.copyOf(parser.dimensions, parser.rank));
            return new TensorMeta(name, parser.dtype, shape, parser.begin, parser.end, legacy ? parser.crc32 : crc32);
        } catch (HeaderException e) {
            throw new AssertionError("read before without an error", e);
        }
    }

    NameTable names() {
        return names;
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

    /** Whether the entries stand in the order of their offsets, without holes, each as long as it must be. */
    boolean contiguous() {
        return contiguous;
    }

    /** Where the data section ends, if the entries are {@link #contiguous}. */
    long covered() {
        return covered;
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
            nameAt = json.position();
            json.skipString();
            int nameEnd = json.position();
            json.expect(':');
            if (!isReserved(nameEnd)) {
                tensor(nameEnd);
            }
        }
        if (!versioned) {
            json.finish(); // The Python original may leave the end of its first header behind the final one.
        }
    }

    /** Whether the key is none of a tensor; then its value is read. */
    private boolean isReserved(int nameEnd) throws HeaderException {
        // All of them have 12 characters or more and begin with '_', or are written with an escape.
        if (nameEnd - nameAt < Header.METADATA_KEY.length() || !json.startsWith(nameAt + 1, '_', '\\')) {
            return false;
        }
        String key = name();
        if (key.equals(Header.METADATA_KEY)) {
            if (metadataSeen) {
                throw Json.duplicate(key, nameAt);
            }
            metadataSeen = true;
            metadata = json.skipNull() ? null : metadataEntries();
            return true;
        }
        if (legacy && key.equals(LegacyHeader.VERSION)) {
            versioned = true;
            json.skipValue();
            return true;
        }
        if (legacy && key.equals(LegacyHeader.INCOMPLETE)) {
            incomplete = json.peek() == 't';
            json.skipValue();
            return true;
        }
        return false;
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

    private void tensor(int nameEnd) throws HeaderException {
        if (json.peek() != '{') {
            throw malformed("tensor " + Names.quote(name()), "an object");
        }
        tensorInfo();
        if (!names.add(nameAt, nameEnd)) {
            throw Json.duplicate(name(), nameAt);
        }
        contiguous = contiguous && begin == covered && fits();
        covered = end;
    }

    /** Whether the tensor is as long as its dtype and shape say. */
    private boolean fits() {
        try {
            long elements = 1;
            for (int i = 0; i < rank; i++) {
                elements = Unsigned.multiplyExact(elements, dimensions[i]);
            }
            return dtype.byteSize(elements) == end - begin;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    private void tensorInfo() throws HeaderException {
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
                case DTYPE -> dtype();
                case SHAPE -> shape();
                case OFFSETS -> offsets();
                default -> otherField();
            }
        }
        requireAllFields(seen);
        if (end < begin) {
            throw new HeaderException(
                    null,
                    Fault.BAD_OFFSETS,
                    "tensor " + Names.quote(name()) + " (header byte " + nameAt + "): data_offsets run backwards, from "
                            + begin + " to " + end);
        }
    }

    /** Reads the name of a field; without a String where it is one of the three, plainly written. */
    private int field() throws HeaderException {
        for (int i = 0; i < FIELDS.length; i++) {
            if (json.skipIf(FIELDS[i])) {
                fieldName = FIELDS[i];
                return 1 << i;
            }
        }
        fieldName = json.string();
        int index = Arrays.asList(FIELDS).indexOf(fieldName);
        return index < 0 ? 0 : 1 << index;
    }

    private void dtype() throws HeaderException {
        if (json.skipIf(dtype.name())) {
            return; // The same as the tensor's before, as nearly always.
        }
        if (json.peek() != '"') {
            throw malformed("dtype of tensor " + Names.quote(name()), "a string");
        }
        int at = json.position();
        String text = json.string();
        dtype = DType.find(text)
                .orElseThrow(() -> new HeaderException(
                        null,
                        Fault.UNKNOWN_DTYPE,
                        "dtype of tensor " + Names.quote(name()) + " at byte " + at
                                + ": expected a dtype of safetensors 0.8.0 but found " + Names.quote(text)));
    }

    private void shape() throws HeaderException {
        openArray("shape");
        rank = 0;
        for (boolean more = !json.closes(']'); more; more = json.more(']')) {
            if (rank == dimensions.length) {
                dimensions = Arrays.copyOf(dimensions, rank * 2);
            }
            dimensions[rank++] = integer("shape");
        }
    }

    private void offsets() throws HeaderException {
        openArray("data_offsets");
        begin = integer("data_offsets");
        json.expect(',');
        end = integer("data_offsets");
        if (json.more(']')) {
            throw malformed("data_offsets of tensor " + Names.quote(name()), "two numbers");
        }
    }

    private void otherField() throws HeaderException {
        if (!legacy || !fieldName.equals("crc32")) {
            json.skipValue();
        } else if (!json.skipNull()) {
            crc32 = OptionalLong.of(integer("crc32"));
        }
    }

    private long integer(String field) throws HeaderException {
        long value = json.integer();
        if (value < 0) {
            throw malformed(field + " of tensor " + Names.quote(name()), "an integer from 0 to 2^63-1");
        }
        return value;
    }

    private void openArray(String field) throws HeaderException {
        if (json.peek() != '[') {
            throw malformed(field + " of tensor " + Names.quote(name()), "an array");
        }
        json.open('[');
    }

    private void requireAllFields(int seen) throws HeaderException {
        for (int i = 0; i < FIELDS.length; i++) {
            if ((seen & 1 << i) == 0) {
                throw new HeaderException(
                        null,
                        Fault.MALFORMED,
                        "tensor " + Names.quote(name()) + " (header byte " + nameAt + ") has no '" + FIELDS[i] + "'");
            }
        }
    }

    /** The key of the tensor that is being read. */
    private String name() {
        return json.trustedStringAt(nameAt);
    }

    private HeaderException malformed(String what, String expected) {
        int at = json.position();
        return new HeaderException(
                null,
                Fault.MALFORMED,
                what + " at byte " + at + ": expected " + expected + " but found " + json.found(at));
    }
}
