package dev.stsw.cli;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.OptionalDouble;

/// Numbers for people. Decimal units, as disks and networks count: 1 kB is 1,000 bytes.
///
/// By hand rather than by `String.format`, which loads 38 classes of locale data and would write other digits in other
/// countries.
final class Units {
    private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};
    private static final double NANOS_PER_SECOND = 1e9;

    private Units() {}

    /// `999 B`, `1.5 kB`, `13.5 GB`: at most three digits before the point.
    static String bytes(long count) {
        return scaled(count) + "B";
    }

    /// As [#bytes(long)], with `/s`; a dash where nothing was measured.
    static String rate(long count, Duration elapsed) {
        return elapsed.isZero() ? "-" : scaled((long) (count / seconds(elapsed))) + "B/s";
    }

    private static String scaled(long count) {
        int power = 0;
        double value = count;
        // 999.95 would be shown as 1000.0.
        while (value >= (power == 0 ? 1000 : 999.95) && power < PREFIXES.length - 1) {
            value /= 1000;
            power++;
        }
        return (power == 0 ? Long.toString(count) : tenths(value)) + " " + PREFIXES[power];
    }

    private static String tenths(double value) {
        long tenths = Math.round(value * 10);
        return tenths / 10 + "." + tenths % 10;
    }

    /// `0.3 s`, `12.0 s`, `4:05 min`, `2:00:07 h`.
    static String duration(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < 60) {
            return tenths(seconds(time)) + " s";
        }
        String end = two(seconds % 60);
        return seconds < 3600
                ? seconds / 60 + ":" + end + " min"
                : seconds / 3600 + ":" + two(seconds / 60 % 60) + ":" + end + " h";
    }

    private static double seconds(Duration time) {
        return time.toNanos() / NANOS_PER_SECOND;
    }

    private static String two(long number) {
        return number < 10 ? "0" + number : Long.toString(number);
    }

    /// Digits in groups of three: `6,738,415,616`.
    static String grouped(long count) {
        StringBuilder digits = new StringBuilder().append(count);
        int first = count < 0 ? 1 : 0;
        for (int i = digits.length() - 3; i > first; i -= 3) {
            digits.insert(i, ',');
        }
        return digits.toString();
    }

    /// A number with five significant digits, as C's `%.5g`: `0.019953`, `-1.2e-07`, `65504`.
    static String number(double value) {
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(5));
        if (rounded.signum() == 0) {
            return "0";
        }
        int exponent = rounded.precision() - rounded.scale() - 1;
        BigDecimal digits = rounded.stripTrailingZeros();
        if (exponent >= -4 && exponent < 6) {
            return digits.toPlainString();
        }
        BigDecimal mantissa = digits.movePointLeft(exponent);
        String size = two(Math.abs(exponent));
        return mantissa.stripTrailingZeros().toPlainString() + (exponent < 0 ? "e-" : "e+") + size;
    }

    /// The same, or a dash where there is none.
    static String number(OptionalDouble value) {
        return value.isPresent() ? number(value.getAsDouble()) : "-";
    }

    /// A number and its noun: `1 tensor`, `2 tensors`.
    static String count(long count, String noun) {
        return grouped(count) + " " + noun + (count == 1 ? "" : "s");
    }

    /// A CRC-32 as 8 lower-case hex digits.
    static String crc(long crc32) {
        String hex = Long.toHexString(crc32);
        return "0".repeat(8 - hex.length()) + hex;
    }
}
