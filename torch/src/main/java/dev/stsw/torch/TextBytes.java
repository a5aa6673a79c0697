package dev.stsw.torch;

/** Turns text back into the bytes that it stands for, one character after the other. Says which text stands for none. */
final class TextBytes {
    /** More is needed for the next byte. */
    static final int NONE = -1;

    /** This text stands for no bytes, or is none that a pickler writes. */
    static final int WRONG = -2;

    private final Coding coding;
    /** First byte of a pair of UTF-8, or the letter of an escape; 0 between characters. */
    private int pending;
    /** Digits of the escape that are still to come, and the value of those that came. */
    private int digits;

    private int value;

    TextBytes(Coding coding) {
        this.coding = coding;
    }

    /**
     * Takes some bytes of the text, and puts those that they stand for at the beginning of {@code to}, which is as long.
     *
     * @return how many; {@link #WRONG} if the text stands for none
     */
    int decode(byte[] from, int start, int end, byte[] to) {
        if (coding == Coding.LATIN1) {
            return decodeUtf8(from, start, end, to);
        }
        int count = 0;
        for (int i = start; i < end; i++) {
            int value = next(from[i] & 0xff);
            if (value == WRONG) {
                return WRONG;
            }
            if (value != NONE) {
                to[count++] = (byte) value;
            }
        }
        return count;
    }

    /** Takes the next byte of the text (0 to 255), and returns the byte that it completes, {@link #NONE} or {@link #WRONG}. */
    private int next(int c) {
        if (pending == 0) {
            pending = c == '\\' ? c : 0;
            return c == '\\' ? NONE : c;
        }
        if (pending == '\\') {
            return coding == Coding.PYTHON2_LITERAL ? escape(c) : unicodeEscape(c);
        }
        int digit = Character.digit(c, 16);
        if (digit < 0 || value > 0xff) {
            return WRONG;
        }
        value = value << 4 | digit;
        digits--;
        if (digits > 0) {
            return NONE;
        }
        pending = 0;
        return value > 0xff ? WRONG : value;
    }

    /** Whether the text may end here. */
    boolean isComplete() {
        return pending == 0;
    }

    /** Of UTF-8, only what has two bytes at most, c2 or c3 the first. In one loop: gigabytes go through it. */
    private int decodeUtf8(byte[] from, int start, int end, byte[] to) {
        int count = 0;
        int lead = pending;
        for (int i = start; i < end; i++) {
            int c = from[i];
            if (lead == 0) {
                if (c >= 0) {
                    to[count++] = (byte) c;
                } else if ((c & 0xfe) == 0xc2) {
                    lead = c & 0xff;
                } else {
                    return WRONG;
                }
            } else if ((c & 0xc0) == 0x80) {
                to[count++] = (byte) ((lead & 3) << 6 | (c & 0x3f));
                lead = 0;
            } else {
                return WRONG;
            }
        }
        pending = lead;
        return count;
    }

    private int unicodeEscape(int c) {
        return c == 'u' ? hexadecimal(c, 4) : c == 'U' ? hexadecimal(c, 8) : WRONG;
    }

    private int escape(int c) {
        if (c == 'x') {
            return hexadecimal(c, 2);
        }
        pending = 0;
        return switch (c) {
            case '\\', '\'', '"' -> c;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> WRONG;
        };
    }

    private int hexadecimal(int letter, int length) {
        pending = letter;
        digits = length;
        value = 0;
        return NONE;
    }
}
