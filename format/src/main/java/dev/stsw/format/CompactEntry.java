package dev.stsw.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads an entry that stands there exactly as the reference writes it, without a space, in its order of fields and with
 * nothing else: {@code {"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}. Nearly all do, and are read several times as
 * fast as {@link EntryParser} reads any form. What this one does not understand is left to that one, errors above all.
 */
final class CompactEntry {
    private static final long OPEN = Words.of("{\"dtype\"");
    private static final long SHAPE = Words.of("\",\"shape");
    private static final long DATA = Words.of("],\"data_");
    private static final long OFFSETS = Words.of("offsets\"");
    /** More might not fit into a long. */
    private static final int MAX_DIGITS = 18;

    private static final int MAX_DTYPE = 16;

    private final byte[] bytes;
    private final ByteBuffer words;
    private final TensorEntry entry;
    private int at;

    CompactEntry(byte[] bytes, TensorEntry entry) {
        this.bytes = bytes;
        this.words = Words.over(bytes);
        this.entry = entry;
    }

    /** Fills the entry with what stands at a position; returns where it ends, or −1 if it is written in another way. */
    int read(int position) {
        at = position;
        boolean read = word(OPEN)
                && one(':')
                && one('"')
                && dtype()
                && word(SHAPE)
                && one('"')
                && one(':')
                && one('[')
                && shape()
                && word(DATA)
                && word(OFFSETS)
                && one(':')
                && one('[')
                && (entry.begin = digits()) >= 0
                && one(',')
                && (entry.end = digits()) >= 0
                && one(']')
                && one('}');
        return read ? at : -1;
    }

    private boolean word(long expected) {
        if (at + Long.BYTES > bytes.length || words.getLong(at) != expected) {
            return false;
        }
        at += Long.BYTES;
        return true;
    }

    private boolean one(char expected) {
        if (at >= bytes.length || bytes[at] != expected) {
            return false;
        }
        at++;
        return true;
    }

    /** Stops at the closing quote. */
    private boolean dtype() {
        int length = 0;
        while (length < MAX_DTYPE && at + length < bytes.length && bytes[at + length] != '"') {
            length++;
        }
        if (!isNamed(entry.dtype.name(), length)) { // The same as the entry's before, nearly always.
            String name = new String(bytes, at, length, StandardCharsets.ISO_8859_1);
            DType found = DType.find(name).orElse(null);
            if (found == null) {
                return false;
            }
            entry.dtype = found;
        }
        at += length;
        return true;
    }

    private boolean isNamed(String name, int length) {
        if (name.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) != bytes[at + i]) {
                return false;
            }
        }
        return true;
    }

    /** Stops at the closing bracket. */
    private boolean shape() {
        entry.rank = 0;
        if (at < bytes.length && bytes[at] == ']') {
            return true;
        }
        do {
            long dimension = digits();
            if (dimension < 0) {
                return false;
            }
            entry.addDimension(dimension);
        } while (one(','));
        return true;
    }

    /** A number without a sign, a fraction or leading zeros; −1 if there is something else. */
    private long digits() {
        int from = at;
        long value = 0;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
            value = value * 10 + bytes[at++] - '0';
        }
        int count = at - from;
        boolean leadingZero = count > 1 && bytes[from] == '0';
        return count == 0 || count > MAX_DIGITS || leadingZero ? -1 : value;
    }
}
