package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.BigInt;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Text;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The scalars of a pickle. What no name, size or offset can be is skipped, and only its type remembered. */
final class PickleScalars {
    /** Longer strings are logs or source code; no tensor is called so. */
    static final int LONGEST_TEXT = 1 << 16;

    /** Longer ones are rarely names, but often the bytes of an array: they are kept where they lie. */
    private static final int LONGEST_KEPT = 1 << 10;

    private static final int LONGEST_LINE = 1 << 16;

    /** The magic number of the legacy format takes 10 bytes. */
    private static final int LONGEST_INTEGER = 32;

    private static final Pattern BAD_ESCAPE = Pattern.compile("\\\\u(?![0-9a-fA-F]{4})|\\\\U(?![0-9a-fA-F]{8})");

    private static final Int[] SMALL = new Int[1024];

    /** Possessive: what gives back digits tries all ways to part them. */
    private static final Pattern FLOAT =
            Pattern.compile("[-+]?(?:(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)(?:[eE][-+]?\\d++)?+|inf|nan)");

    private static final Pattern ESCAPE = Pattern.compile("\\\\u([0-9a-fA-F]{4})|\\\\U([0-9a-fA-F]{8})");

    static {
        for (int i = 0; i < SMALL.length; i++) {
            SMALL[i] = new Int(i);
        }
    }

    private final Input input;
    private final Budget budget;
    private final @Nullable LongTexts longTexts;

    /** @param origin where byte strings can be found again; null where nobody will look for them */
    PickleScalars(Input input, @Nullable Origin origin, Budget budget) {
        this.input = input;
        this.budget = budget;
        this.longTexts = origin == null ? null : new LongTexts(input, origin, budget);
    }

    Value integer(long value) throws CheckpointException {
        if (value >= 0 && value < SMALL.length) {
            return SMALL[(int) value];
        }
        budget.charge(24);
        return new Int(value);
    }

    /** LONG1 and LONG4: two's complement, little-endian. */
    Value longInteger(int length) throws IOException {
        if (length == 0) {
            return SMALL[0];
        }
        if (length < 0 || length > LONGEST_INTEGER) {
            return skip(length, Atom.HUGE_INT);
        }
        byte[] bytes = input.bytes(length);
        for (int i = 0; i < length / 2; i++) {
            byte swapped = bytes[i];
            bytes[i] = bytes[length - 1 - i];
            bytes[length - 1 - i] = swapped;
        }
        return integer(new BigInteger(bytes));
    }

    /** INT: a decimal number, or a bool of protocols 0 and 1. */
    Value integerLine() throws IOException {
        String line = asciiLine();
        if (line.equals("00") || line.equals("01")) {
            return line.equals("01") ? Atom.TRUE : Atom.FALSE;
        }
        return decimal(line);
    }

    /** LONG: a decimal number with an L behind. */
    Value longLine() throws IOException {
        String line = asciiLine();
        return decimal(line.endsWith("L") ? line.substring(0, line.length() - 1) : line);
    }

    Value floatLine() throws IOException {
        String line = asciiLine();
        if (!FLOAT.matcher(line).matches()) {
            throw unsound(Quote.text(line) + " as a number");
        }
        return Atom.FLOAT;
    }

    /** A number in the memo. */
    long indexLine() throws IOException {
        if (decimal(asciiLine()) instanceof Int index && index.value() >= 0) {
            return index.value();
        }
        throw unsound("a memo number that is none");
    }

    Value text(long length) throws IOException {
        if (length < 0 || length > LONGEST_TEXT) {
            return longTexts == null || length < 0 ? skip(length, Atom.LONG_TEXT) : longTexts.utf8(length);
        }
        byte[] bytes = input.bytes((int) length);
        Value place = longTexts == null || length <= LONGEST_KEPT ? null : longTexts.utf8(bytes);
        if (place != null) {
            return place;
        }
        budget.charge(56 + length);
        Value text = decoded(bytes, Atom.NOT_UNICODE);
        if (text == Atom.NOT_UNICODE && decoded(withoutSurrogates(bytes), Atom.NOT_UNICODE) == Atom.NOT_UNICODE) {
            throw unsound("text that is not UTF-8");
        }
        return text;
    }

    /** A str of Python 2: text or bytes, nobody knows. */
    Value oldText(long length) throws IOException {
        if (length < 0 || length > (longTexts == null ? LONGEST_TEXT : LONGEST_KEPT)) {
            return bytes(length);
        }
        budget.charge(56 + length);
        Value text = decoded(input.bytes((int) length), Atom.BYTES);
        return text == Atom.BYTES && longTexts != null ? longTexts.bytes(input.position() - length, length) : text;
    }

    /** A byte string. */
    Value bytes(long length) throws IOException {
        if (longTexts == null || length < 0) {
            return skip(length, Atom.BYTES);
        }
        Value place = longTexts.bytes(input.position(), length);
        input.skip(length);
        return place;
    }

    /** UNICODE: raw-unicode-escape. */
    Value textLine() throws IOException {
        long start = input.position();
        byte[] line = longTexts == null ? line() : input.line(LONGEST_KEPT);
        if (line == null) { // too long to be kept, which is so only where there is a place for it
            return Objects.requireNonNull(longTexts).line(start);
        }
        budget.charge(56 + line.length);
        String raw = new String(line, StandardCharsets.ISO_8859_1);
        Matcher escapes = ESCAPE.matcher(raw);
        StringBuilder text = new StringBuilder();
        while (escapes.find()) {
            int codePoint =
                    Integer.parseUnsignedInt(escapes.group(1) != null ? escapes.group(1) : escapes.group(2), 16);
            if (!Character.isValidCodePoint(codePoint)) {
                return Atom.NOT_UNICODE;
            }
            escapes.appendReplacement(text, Matcher.quoteReplacement(Character.toString(codePoint)));
        }
        escapes.appendTail(text);
        if (BAD_ESCAPE.matcher(raw).find()) {
            throw unsound("a broken escape in " + Quote.text(raw));
        }
        boolean whole = StandardCharsets.UTF_8.newEncoder().canEncode(text);
        return whole ? new Text(text.toString()) : Atom.NOT_UNICODE;
    }

    /** A big-endian double. */
    Value real() throws IOException {
        budget.charge(24);
        return new Value.Real(Double.longBitsToDouble(Long.reverseBytes(input.i64())));
    }

    /** STRING: a literal of Python 2. */
    Value oldTextLine() throws IOException {
        long start = input.position();
        byte[] line = longTexts == null ? line() : input.line(LONGEST_KEPT);
        if (line == null) { // as above
            return Objects.requireNonNull(longTexts).literal(start);
        }
        budget.charge(56 + line.length);
        boolean quoted = line.length >= 2 && (line[0] == '\'' || line[0] == '"') && line[line.length - 1] == line[0];
        if (!quoted) {
            throw unsound("a string without quotes");
        }
        String text = new String(line, 1, line.length - 2, StandardCharsets.ISO_8859_1);
        // Escapes mean bytes above ASCII or control characters: no names.
        boolean plain = text.indexOf('\\') < 0 && text.chars().allMatch(c -> c < 0x80);
        return plain ? new Text(text) : longTexts == null ? Atom.BYTES : longTexts.literal(start, line);
    }

    Value skip(long length, Atom type) throws IOException {
        input.skip(length);
        return type;
    }

    private Value integer(BigInteger value) throws CheckpointException {
        if (value.bitLength() < Long.SIZE) {
            return integer(value.longValue());
        }
        budget.charge(80);
        return new BigInt(value);
    }

    private Value decimal(String digits) throws CheckpointException {
        if (digits.length() > 3 * LONGEST_INTEGER) {
            return Atom.HUGE_INT;
        }
        try {
            return integer(new BigInteger(digits));
        } catch (NumberFormatException e) {
            throw unsound(Quote.text(digits) + " as a number");
        }
    }

    private String asciiLine() throws IOException {
        return new String(line(), StandardCharsets.ISO_8859_1);
    }

    private byte[] line() throws IOException {
        byte[] line = input.line(LONGEST_LINE);
        if (line == null) {
            throw input.fault(Kind.LIMIT, "a line of more than " + LONGEST_LINE + " bytes");
        }
        budget.charge(56 + line.length);
        return line;
    }

    /** Python writes lone surrogates as if they were characters; nothing else may be wrong with its UTF-8. */
    private static byte[] withoutSurrogates(byte[] bytes) {
        byte[] others = new byte[bytes.length];
        int count = 0;
        for (int i = 0; i < bytes.length; i++) {
            if ((bytes[i] & 0xff) == 0xed && i + 2 < bytes.length && (bytes[i + 1] & 0xe0) == 0xa0) {
                i += 2;
            } else {
                others[count++] = bytes[i];
            }
        }
        return Arrays.copyOf(others, count);
    }

    private CheckpointException unsound(String found) {
        return input.fault(Kind.CORRUPT, "not a sound pickle: " + found);
    }

    private static Value decoded(byte[] bytes, Atom otherwise) {
        try {
            return new Text(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return otherwise;
        }
    }
}
