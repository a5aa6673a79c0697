package dev.stsw.spark;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 5GB}, {@code 64MiB}, or a number of bytes. */
final class Sizes {
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,18})\\s*(?:([kmgt])(i?)b?|b)?", Pattern.CASE_INSENSITIVE);

    private Sizes() {}

    /**
     * Bytes. KB, MB, GB and TB are decimal, KiB, MiB, GiB and TiB binary.
     *
     * @param option what to call it in the message
     */
    static long parse(String option, String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "option '" + option + "': expected a size such as 67108864, 64MiB or 5GB but found '" + text + "'");
        }
        long bytes = Long.parseLong(matcher.group(1));
        if (matcher.group(2) == null) {
            return bytes;
        }
        long step = matcher.group(3).isEmpty() ? 1000 : 1024;
        try {
            for (int i = "kmgt".indexOf(matcher.group(2).toLowerCase(Locale.ROOT)); i >= 0; i--) {
                bytes = Math.multiplyExact(bytes, step);
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("option '" + option + "': " + text + " is too large", e);
        }
        return bytes;
    }
}
