package dev.stsw.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A number of bytes as people write it: `8` or `8M` for mebibytes, `512K`, `2G`, `4096B`.
final class ByteCount implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})([BKMG]?)(?:I?B)?");

    /// For picocli.
    ByteCount() {}

    @Override
    public Long convert(String value) {
        Matcher form = FORM.matcher(value.toUpperCase(Locale.ROOT));
        if (!form.matches()) {
            throw new TypeConversionException("'" + value + "' is not a size such as 8, 512K or 2G");
        }
        // Mebibytes where nothing is said, as the Python original has it.
        return Long.parseLong(form.group(1))
                << switch (form.group(2)) {
                    case "B" -> 0;
                    case "K" -> 10;
                    case "G" -> 30;
                    default -> 20;
                };
    }
}
