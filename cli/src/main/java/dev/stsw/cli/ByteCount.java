package dev.stsw.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A number of bytes as people write it: `5GB`, `1.5G` and `500M` are decimal, as the hub and disks count, `512KiB` and
/// `2GiB` binary, `4096B` bytes; `8` alone means mebibytes, as in the Python original.
final class ByteCount implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,18})?) ?(?:([KMGT])(IB?)?B?|(B)|)");
    private static final BigDecimal MEBI = BigDecimal.valueOf(1 << 20);
    private static final String PREFIXES = "KMGT";

    /// For picocli.
    ByteCount() {}

    @Override
    public Long convert(String value) {
        Matcher form = FORM.matcher(value.toUpperCase(Locale.ROOT));
        if (!form.matches()) {
            throw new TypeConversionException(
                    "'" + value + "' is not a size such as 500MB, 1.5GB, 2GiB, 4096B or 8 (MiB)");
        }
        BigDecimal bytes = new BigDecimal(form.group(1)).multiply(unit(form));
        if (bytes.signum() == 0) {
            throw new TypeConversionException("'" + value + "' is nothing: a size is at least one byte");
        }
        if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new TypeConversionException("'" + value + "' is more than any file has");
        }
        return bytes.setScale(0, RoundingMode.UP).longValueExact();
    }

    private static BigDecimal unit(Matcher form) {
        if (form.group(4) != null) {
            return BigDecimal.ONE;
        }
        if (form.group(2) == null) {
            return MEBI;
        }
        BigDecimal base = BigDecimal.valueOf(form.group(3) == null ? 1000 : 1024);
        return base.pow(PREFIXES.indexOf(form.group(2)) + 1);
    }
}
