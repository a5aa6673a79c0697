package dev.stsw.torch;

/** Foreign text in messages: one line, no control characters, not endless. */
final class Quote {
    private static final int SHOWN = 120;

    private Quote() {}

    static String text(String text) {
        StringBuilder shown = new StringBuilder("'");
        text.codePoints().limit(SHOWN).forEach(c -> {
            boolean plain = Character.isDefined(c)
                    && !Character.isISOControl(c)
                    && Character.getType(c) != Character.FORMAT
                    && Character.getType(c) != Character.LINE_SEPARATOR
                    && Character.getType(c) != Character.PARAGRAPH_SEPARATOR
                    && Character.getType(c) != Character.SURROGATE;
            if (plain) {
                shown.appendCodePoint(c);
            } else {
                shown.append("\\u{").append(Integer.toHexString(c)).append('}');
            }
        });
        return shown.append(text.codePointCount(0, text.length()) > SHOWN ? "…'" : "'")
                .toString();
    }
}
