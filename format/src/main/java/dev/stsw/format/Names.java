package dev.stsw.format;

import java.util.Comparator;
import java.util.Locale;

/** What the format asks of tensor names, and how they are shown in messages. */
final class Names {
    /** Order of the UTF-8 bytes, which is the order of the code points and not that of UTF-16 units. */
    static final Comparator<String> UTF8_ORDER = Names::compareUtf8;

    private static final int SHOWN = 200;

    private Names() {}

    private static int compareUtf8(String a, String b) {
        int end = Math.min(a.length(), b.length());
        for (int i = 0; i < end; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // Only a surrogate sorts wrongly by unit: it stands for a code point above U+FFFF.
                boolean xHigh = Character.isSurrogate(x);
                boolean yHigh = Character.isSurrogate(y);
                return xHigh == yHigh ? Character.compare(x, y) : xHigh ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    static void requireWritable(String name) {
        if (name.equals(Header.METADATA_KEY)) {
            throw new IllegalArgumentException("a tensor cannot be named " + Header.METADATA_KEY);
        }
        requireUnicode(name, "tensor name");
    }

    /** Lone surrogates have no UTF-8 form, so the header could not hold them. */
    static void requireUnicode(String text, String what) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw new IllegalArgumentException(
                            what + " " + quote(text) + " has a lone surrogate at index " + i);
                }
                i++;
            }
        }
    }

    /** The name in quotes, control characters escaped and long ones cut, fit for a message of one line. */
    static String quote(String name) {
        StringBuilder text = new StringBuilder("'");
        int end = Math.min(name.length(), SHOWN);
        if (end < name.length() && Character.isHighSurrogate(name.charAt(end - 1))) {
            end--; // Half of a character would be shown as a question mark.
        }
        for (int i = 0; i < end; i++) {
            char c = name.charAt(i);
            switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                    text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                default -> text.append(c);
            }
        }
        return text.append(end < name.length() ? "…'" : "'").toString();
    }
}
