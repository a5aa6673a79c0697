package dev.stsw.cli;

import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/// A pattern over whole tensor names: `*` stands for any text, dots included, and `?` for one character.
///
/// @param text as it was written
/// @param pattern the same as a regular expression
record Glob(String text, Pattern pattern) implements Predicate<String> {

    static Glob of(String text) {
        StringBuilder regex = new StringBuilder();
        Matcher wildcards = Pattern.compile("[*?]").matcher(text);
        int literal = 0;
        while (wildcards.find()) {
            regex.append(Pattern.quote(text.substring(literal, wildcards.start())));
            regex.append(wildcards.group().equals("*") ? ".*" : ".");
            literal = wildcards.end();
        }
        regex.append(Pattern.quote(text.substring(literal)));
        return new Glob(text, Pattern.compile(regex.toString(), Pattern.DOTALL));
    }

    @Override
    public boolean test(String name) {
        return pattern.matcher(name).matches();
    }

    /// For picocli.
    static final class Converter implements ITypeConverter<Glob> {
        Converter() {}

        @Override
        public Glob convert(String value) {
            return of(value);
        }
    }
}
