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

    /** Takes the next byte of the text (0 to 255), and returns the byte that it completes, {@link #NONE} or {@link #WRONG}. */
    int next(int c) {
        if (coding == Coding.LATIN1) {
            return utf8(c);
        }
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

    private int utf8(int c) {
        if (pending == 0) {
            pending = c == 0xc2 || c == 0xc3 ? c : 0;
            return c < 0x80 ? c : pending == 0 ? WRONG : NONE;
        }
        int high = (pending & 3) << 6;
        pending = 0;
        return (c & 0xc0) == 0x80 ? high | (c & 0x3f) : WRONG;
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
