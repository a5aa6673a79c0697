package dev.stsw.cli;

import dev.stsw.format.Checksums;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `KEY=VALUE` for the metadata of a file; the first `=` divides.
final class Metadata implements ITypeConverter<Map.Entry<String, String>> {
    /// For picocli.
    Metadata() {}

    @Override
    public Map.Entry<String, String> convert(String value) {
        int equals = value.indexOf('=');
        if (equals < 1) {
            throw new TypeConversionException("'" + value + "' is not KEY=VALUE");
        }
        String key = value.substring(0, equals);
        if (key.equals(Checksums.KEY)) {
            throw new TypeConversionException("'" + Checksums.KEY + "' is written by --crc32");
        }
        return Map.entry(key, value.substring(equals + 1));
    }
}
