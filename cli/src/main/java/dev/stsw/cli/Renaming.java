package dev.stsw.cli;

import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `REGEX=REPLACEMENT`: every match in a name is replaced; `$1` stands for the first group.
///
/// @param pattern what to look for
/// @param replacement what to write instead
record Renaming(Pattern pattern, String replacement) implements UnaryOperator<String> {

    @Override
    public String apply(String name) {
        return pattern.matcher(name).replaceAll(replacement);
    }

    /// For picocli.
    static final class Converter implements ITypeConverter<Renaming> {
        Converter() {}

        @Override
        public Renaming convert(String value) {
            // The last one: a regular expression may well hold one, a name hardly.
            int equals = value.lastIndexOf('=');
            if (equals < 0) {
                throw new TypeConversionException("'" + value + "' is not REGEX=REPLACEMENT");
            }
            try {
                Renaming renaming =
                        new Renaming(Pattern.compile(value.substring(0, equals)), value.substring(equals + 1));
                renaming.pattern.matcher("").replaceAll(renaming.replacement);
                return renaming;
            } catch (PatternSyntaxException e) {
                throw new TypeConversionException(
                        "'" + value + "' has no valid regular expression: " + e.getDescription());
            }
        }
    }
}
