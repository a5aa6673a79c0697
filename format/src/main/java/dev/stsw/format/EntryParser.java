package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.util.Arrays;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads what a header says of a tensor, in any form that the reference accepts ({@code TensorInfo} in tensor.rs): an
 * object with {@code dtype}, {@code shape} and {@code data_offsets}, other keys being ignored.
 */
final class EntryParser {
    private static final String[] FIELDS = {"dtype", "shape", "data_offsets"};
    private static final int DTYPE = 1;
    private static final int SHAPE = 2;
    private static final int OFFSETS = 4;

    private final Json json;
    private final boolean legacy;
    private final TensorEntry entry;
    private final CompactEntry compact;
    private int nameAt;
    private String fieldName = "";

    /**
     * Reads with {@code json}, which reads {@code header}.
     *
     * @param legacy whether a {@code crc32} is understood
     */
    EntryParser(byte[] header, Json json, boolean legacy) {
        this.json = json;
        this.legacy = legacy;
        this.entry = new TensorEntry();
        this.compact = new CompactEntry(header, entry);
    }

    /** Reads one entry, from its name on, of a header that was read before; {@code crc32}, unless it has one itself. */
    static TensorMeta again(byte[] header, int position, boolean legacy, OptionalLong crc32) {
        Json json = Json.trusted(header, position);
        EntryParser parser = new EntryParser(header, json, legacy);
        try {
            String name = json.string();
            json.expect(':');
            TensorEntry entry = parser.read(position);
            return entry.toMeta(name, legacy ? entry.crc32 : crc32);
        } catch (HeaderException e) {
            throw new AssertionError("read before without an error", e);
        }
    }

    /**
     * Reads the object that comes next.
     *
     * @param position where the tensor's name stands, for messages
     * @return valid until the next call
     */
    TensorEntry read(int position) throws HeaderException {
        nameAt = position;
        entry.crc32 = OptionalLong.empty();
        int end = compact.read(json.position());
        if (end >= 0) {
            json.goTo(end);
        } else {
            anyForm();
        }
        if (entry.end < entry.begin) {
            throw new HeaderException(
                    null,
                    Fault.BAD_OFFSETS,
                    "tensor " + Names.quote(name()) + " (header byte " + nameAt + "): data_offsets run backwards, from "
                            + entry.begin + " to " + entry.end);
        }
        return entry;
    }

    private void anyForm() throws HeaderException {
        if (json.peek() != '{') {
            throw json.malformed("tensor " + Names.quote(name()), "an object");
        }
        int seen = 0;
        Set<String> others = Set.of();
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
        if (json.skipIf(entry.dtype.name())) {
            return; // The same as the tensor's before, as nearly always.
        }
        if (json.peek() != '"') {
            throw json.malformed("dtype of tensor " + Names.quote(name()), "a string");
        }
        int at = json.position();
        String text = json.string();
        entry.dtype = DType.find(text)
                .orElseThrow(() -> new HeaderException(
                        null,
                        Fault.UNKNOWN_DTYPE,
                        "dtype of tensor " + Names.quote(name()) + " at byte " + at
                                + ": expected a dtype of safetensors 0.8.0 but found " + Names.quote(text)));
    }

    private void shape() throws HeaderException {
        openArray("shape");
        entry.rank = 0;
        for (boolean more = !json.closes(']'); more; more = json.more(']')) {
            entry.addDimension(integer("shape"));
        }
    }

    private void offsets() throws HeaderException {
        openArray("data_offsets");
        entry.begin = integer("data_offsets");
        json.expect(',');
        entry.end = integer("data_offsets");
        if (json.more(']')) {
            throw json.malformed("data_offsets of tensor " + Names.quote(name()), "two numbers");
        }
    }

    private void otherField() throws HeaderException {
        if (!legacy || !fieldName.equals("crc32")) {
            json.skipValue();
        } else if (!json.skipNull()) {
            entry.crc32 = OptionalLong.of(integer("crc32"));
        }
    }

    private long integer(String field) throws HeaderException {
        long value = json.integer();
        if (value < 0) {
            throw json.malformed(field + " of tensor " + Names.quote(name()), "an integer from 0 to 2^63-1");
        }
        return value;
    }

    private void openArray(String field) throws HeaderException {
        if (json.peek() != '[') {
            throw json.malformed(field + " of tensor " + Names.quote(name()), "an array");
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
}
