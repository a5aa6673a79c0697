package dev.stsw.cli;

/// Text from files, made fit for a terminal: a tensor's name may hold any character, escape sequences included.
final class Escapes {
    private Escapes() {}

    /// The text with everything that a terminal would obey rather than show written as `\n`, `\t`, `\u001b`…
    static String printable(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (!isPrintable(text.codePointAt(i))) {
                return escape(text);
            }
        }
        return text;
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isPrintable(c)) {
                escaped.appendCodePoint(c);
            } else if (c == '\n') {
                escaped.append("\\n");
            } else if (c == '\t') {
                escaped.append("\\t");
            } else {
                appendUnicode(escaped, c);
            }
        });
        return escaped.toString();
    }

    /// Controls, and the invisible ones that reorder or break a line: bidirectional marks, line and paragraph
    /// separators.
    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    /// Appends a code point as JSON and Java write it.
    static void appendUnicode(StringBuilder to, int codePoint) {
        for (char c : Character.toChars(codePoint)) {
            String hex = Integer.toHexString(c);
            to.append("\\u").append("0".repeat(4 - hex.length())).append(hex);
        }
    }
}
