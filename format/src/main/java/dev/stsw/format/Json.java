package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Pulls JSON out of a header's bytes, accepting what the reference's parser (serde_json) accepts and no more: strict
 * UTF-8, no lone surrogates, at most 127 open brackets, no number beyond a double. Positions are those of the file,
 * because the bytes begin with the file's first.
 */
final class Json {
    /** serde_json refuses the 128th open bracket. */
    private static final int MAX_DEPTH = 127;

    /** The longest run of digits that is certainly finite as a double. */
    private static final int SURELY_FINITE_DIGITS = 308;

    private final byte[] bytes;
    private final int end;
    /** What the bytes are, for messages. */
    private final String what;

    private int position;
    private int depth;

    private Json(byte[] bytes, int start, int end, String what) {
        this.bytes = bytes;
        this.what = what;
        this.position = start;
        this.end = end;
    }

    /** Reads {@code bytes[start..)}, which must be UTF-8 as a whole. */
    static Json of(byte[] bytes, int start) throws HeaderException {
        return of(bytes, start, "header");
    }

    /** The same of something else than a header; {@code what} names it in messages. */
    static Json of(byte[] bytes, int start, String what) throws HeaderException {
        Json json = new Json(bytes, start, bytes.length, what);
        json.requireUtf8(start);
        return json;
    }

    /** Reads bytes from {@code start} on that were read without an error before. */
    static Json trusted(byte[] bytes, int start) {
        return new Json(bytes, start, bytes.length, "header");
    }

    int position() {
        return position;
    }

    private void requireUtf8(int start) throws HeaderException {
        int at = Words.asciiEnd(bytes, start, end);
        if (at == end) {
            return;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, at, end - at);
        CharBuffer out = CharBuffer.allocate(8192);
        CoderResult result;
        do {
            out.clear();
            result = decoder.decode(in, out, true);
        } while (result.isOverflow());
        if (result.isError()) {
            throw new HeaderException(
                    null,
                    Fault.NOT_UTF8,
                    String.format(
                            Locale.ROOT,
                            "%s is not UTF-8 at byte %d (0x%02x)",
                            what,
                            in.position(),
                            bytes[in.position()]));
        }
    }

    /** Goes on at a position to which somebody else has read. */
    void goTo(int next) {
        position = next;
    }

    /** Opens an object or array; its first item, or its end, comes next. */
    void open(char bracket) throws HeaderException {
        expect(bracket);
        if (++depth > MAX_DEPTH) {
            throw error("at most " + MAX_DEPTH + " nested brackets", position - 1);
        }
    }

    /** Whether the object or array that was just opened ends at once. */
    boolean closes(char bracket) {
        if (peek() != bracket) {
            return false;
        }
        position++;
        depth--;
        return true;
    }

    /** After an item: whether another one follows. */
    boolean more(char bracket) throws HeaderException {
        int next = peek();
        if (next == ',') {
            position++;
            return true;
        }
        if (next == bracket) {
            position++;
            depth--;
            return false;
        }
        throw error("',' or '" + bracket + "'", position);
    }

    void expect(char c) throws HeaderException {
        if (peek() != c) {
            throw error("'" + c + "'", position);
        }
        position++;
    }

    /** Nothing but white space may follow. */
    void finish() throws HeaderException {
        if (peek() >= 0) {
            throw error("nothing but spaces after the closing bracket", position);
        }
    }

    /** The next byte that is not white space, which stays unread; −1 at the end. */
    int peek() {
        while (position < end) {
            byte b = bytes[position];
            if (b != ' ' && b != '\n' && b != '\t' && b != '\r') {
                return b & 0xff;
            }
            position++;
        }
        return -1;
    }

    /** Skips {@code null} if it comes next. */
    boolean skipNull() throws HeaderException {
        if (peek() != 'n') {
            return false;
        }
        literal("null");
        return true;
    }

    /** A string, escapes resolved. */
    String string() throws HeaderException {
        int start = plainPart();
        return bytes[position] == '"'
                ? new String(bytes, start, position++ - start, StandardCharsets.UTF_8)
                : escapedString(start);
    }

    /** The string at a position, which was read without an error before. */
    String trustedStringAt(int at) {
        try {
            return trusted(bytes, at).string();
        } catch (HeaderException e) {
            throw new AssertionError("read before without an error", e);
        }
    }

    /** Skips a string as strictly as it is read, without making it where it has no escapes. */
    void skipString() throws HeaderException {
        int start = plainPart();
        if (bytes[position] == '"') {
            position++;
        } else {
            escapedString(start);
        }
    }

    /** Whether one of two characters stands at a position. */
    boolean startsWith(int at, char one, char other) {
        return bytes[at] == one || bytes[at] == other;
    }

    /** Goes to the end of the string, or to its first escape; returns where its text begins. */
    private int plainPart() throws HeaderException {
        if (peek() != '"') {
            throw error("a string", position);
        }
        int start = position + 1;
        position = Words.plainEnd(bytes, start, end);
        if (position == end) {
            throw error("the end of the string that begins at byte " + (start - 1), position);
        }
        requireNoControl(bytes[position]);
        return start;
    }

    private String escapedString(int start) throws HeaderException {
        StringBuilder text = new StringBuilder();
        int plain = start; // What stands before the current position is plain.
        while (position < end) {
            byte b = bytes[position];
            if (b == '"') {
                text.append(new String(bytes, plain, position++ - plain, StandardCharsets.UTF_8));
                return text.toString();
            }
            if (b == '\\') {
                text.append(new String(bytes, plain, position - plain, StandardCharsets.UTF_8));
                position++;
                escape(text);
                plain = position;
            } else {
                requireNoControl(b);
                position++;
            }
        }
        throw error("the end of the string that begins at byte " + (start - 1), position);
    }

    private void requireNoControl(byte b) throws HeaderException {
        if (b >= 0 && b < ' ') {
            throw error("an escape for a control character", position);
        }
    }

    private void escape(StringBuilder text) throws HeaderException {
        int c = position < end ? bytes[position] : -1;
        switch (c) {
            case '"', '\\', '/' -> text.append((char) c);
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'u' -> {
                unicodeEscape(text);
                return;
            }
            default -> throw error("an escape of JSON", position);
        }
        position++;
    }

    private void unicodeEscape(StringBuilder text) throws HeaderException {
        int start = position - 1;
        char first = hex4();
        if (!Character.isSurrogate(first)) {
            text.append(first);
            return;
        }
        if (Character.isHighSurrogate(first)
                && position + 1 < end
                && bytes[position] == '\\'
                && bytes[position + 1] == 'u') {
            position++;
            char second = hex4();
            if (Character.isLowSurrogate(second)) {
                text.append(first).append(second);
                return;
            }
        }
        throw error("a surrogate pair and no lone surrogate", start);
    }

    /** The four digits after the {@code u} at the current position. */
    private char hex4() throws HeaderException {
        int value = 0;
        for (int i = 1; i <= 4; i++) {
            int at = position + i;
            int digit = at < end ? Character.digit(bytes[at], 16) : -1;
            if (digit < 0) {
                throw error("four hexadecimal digits", at);
            }
            value = value << 4 | digit;
        }
        position += 5;
        return (char) value;
    }

    /**
     * Whether the next value is a string of exactly this ASCII text, written without escapes; if so it is consumed.
     * Saves a String for the few words that a header repeats a million times.
     */
    boolean skipIf(String text) {
        int length = text.length();
        if (peek() != '"' || position + length + 1 >= end || bytes[position + length + 1] != '"') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[position + 1 + i] != text.charAt(i)) {
                return false;
            }
        }
        position += length + 2;
        return true;
    }

    /** An integer from 0 to 2<sup>63</sup>−1, written with digits alone; −1 if something else comes next. */
    long integer() {
        int start = peek() < 0 ? end : position;
        int at = start;
        long value = 0;
        boolean fits = true;
        for (; at < end && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
            int digit = bytes[at] - '0';
            fits &= value < Long.MAX_VALUE / 10 || (value == Long.MAX_VALUE / 10 && digit <= 7);
            value = value * 10 + digit;
        }
        boolean leadingZero = at - start > 1 && bytes[start] == '0';
        boolean moreOfIt = at < end && (bytes[at] == '.' || bytes[at] == 'e' || bytes[at] == 'E');
        if (at == start || leadingZero || moreOfIt || !fits) {
            return -1;
        }
        position = at;
        return value;
    }

    /** Skips any value, as strictly as if it mattered; an object in it may not have a key twice. */
    void skipValue() throws HeaderException {
        int c = peek();
        switch (c) {
            case '{' -> skipObject();
            case '[' -> {
                open('[');
                for (boolean more = !closes(']'); more; more = more(']')) {
                    skipValue();
                }
            }
            case '"' -> skipString();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> number();
        }
    }

    /** Skips any value, and returns its text as it stands. */
    String skippedText() throws HeaderException {
        peek();
        int start = position;
        skipValue();
        return new String(bytes, start, position - start, StandardCharsets.UTF_8);
    }

    private void skipObject() throws HeaderException {
        Set<String> keys = new HashSet<>();
        open('{');
        for (boolean more = !closes('}'); more; more = more('}')) {
            int at = position;
            String key = string();
            if (!keys.add(key)) {
                throw duplicate(key, at);
            }
            expect(':');
            skipValue();
        }
    }

    private void literal(String word) throws HeaderException {
        for (int i = 0; i < word.length(); i++) {
            if (position + i >= end || bytes[position + i] != word.charAt(i)) {
                throw error("'" + word + "'", position);
            }
        }
        position += word.length();
    }

    private void number() throws HeaderException {
        int start = position;
        if (position < end && bytes[position] == '-') {
            position++;
        }
        int firstDigit = position;
        digits(start);
        if (bytes[firstDigit] == '0' && position - firstDigit > 1) {
            throw error("no leading zero", firstDigit);
        }
        if (position < end && bytes[position] == '.') {
            position++;
            digits(start);
        }
        boolean exponent = position < end && (bytes[position] | 0x20) == 'e';
        if (exponent) {
            position++;
            if (position < end && (bytes[position] == '+' || bytes[position] == '-')) {
                position++;
            }
            digits(start);
        }
        if (exponent || position - start > SURELY_FINITE_DIGITS) {
            String text = new String(bytes, start, position - start, StandardCharsets.ISO_8859_1);
            if (Double.isInfinite(Double.parseDouble(text))) {
                throw error("a number within the range of a double", start);
            }
        }
    }

    private void digits(int start) throws HeaderException {
        int first = position;
        while (position < end && bytes[position] >= '0' && bytes[position] <= '9') {
            position++;
        }
        if (position == first) {
            throw error(first == start ? "a value" : "a digit", position);
        }
    }

    static HeaderException duplicate(String key, int at) {
        return new HeaderException(
                null, Fault.DUPLICATE, "key " + Names.quote(key) + " at byte " + at + " occurs a second time");
    }

    HeaderException error(String expected, int at) {
        return new HeaderException(
                null, Fault.NOT_JSON, what + " at byte " + at + ": expected " + expected + " but found " + found(at));
    }

    /** What stands at the current position is JSON, but not what a header has there. */
    HeaderException malformed(String part, String expected) {
        return new HeaderException(
                null,
                Fault.MALFORMED,
                part + " at byte " + position + ": expected " + expected + " but found " + found(position));
    }

    /** The text at a position, short and printable, for messages. */
    private String found(int at) {
        if (at >= end) {
            return "the end of the " + what;
        }
        int length = 0;
        while (length < 24 && at + length < end && " ,]}\t\r\n".indexOf(bytes[at + length]) < 0) {
            length++;
        }
        return Names.quote(new String(bytes, at, Math.max(1, length), StandardCharsets.UTF_8));
    }
}
