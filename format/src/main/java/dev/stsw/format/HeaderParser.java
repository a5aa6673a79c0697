package dev.stsw.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a header's JSON, strictly: where each entry stands, and whether they lie one after the other.
 *
 * <p>The form is that of the reference's {@code HashMetadata} and {@code TensorInfo} (tensor.rs): any key but {@code
 * __metadata__} is a tensor, with {@code dtype}, {@code shape} and {@code data_offsets} ({@link EntryParser}). No object is made
 * for a tensor; {@link Entries} makes one when somebody wants it.
 */
final class HeaderParser {
    private final int length;
    private final Json json;
    private final boolean legacy;
    private final EntryParser entries;
    private final NameTable names;

    private @Nullable Map<String, String> metadata;
    private boolean metadataSeen;
    private boolean versioned;
    private boolean incomplete;
    private int checksumsBegin = -1;
    private int checksumsEnd = -1;
    private boolean contiguous = true;
    private long covered;

    /** Where the key that is being read begins. */
    private int nameAt;

    private HeaderParser(byte[] header, Json json, boolean legacy) {
        this.length = header.length;
        this.json = json;
        this.legacy = legacy;
        this.entries = new EntryParser(header, json, legacy);
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
        if (header[Header.PREFIX_BYTES] != '{') { // There is one: a length of 0 was refused before.
            throw parser.json.error("'{', with which a header begins,", Header.PREFIX_BYTES);
        }
        parser.header();
        return parser;
    }

    NameTable names() {
        return names;
    }

    /** Bytes from the start of the file to the data section. */
    int length() {
        return length;
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
                tensor();
            }
        }
        if (!versioned) {
            json.finish(); // The Python original may leave the end of its first header behind the final one.
        }
        int again = names.index();
        if (again >= 0) {
            throw Json.duplicate(names.name(again), names.position(again));
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
                throw json.malformed("metadata " + Names.quote(key), "a string");
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

    private void tensor() throws HeaderException {
        TensorEntry entry = entries.read(nameAt);
        names.add(nameAt);
        contiguous = contiguous && entry.begin == covered && entry.fits();
        covered = entry.end;
    }

    /** The key that is being read. */
    private String name() {
        return json.trustedStringAt(nameAt);
    }
}
