package dev.stsw.cli;

import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
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
        try {
            return replaced(name);
        } catch (StackOverflowError e) {
            throw new WrongUsage("--rename '" + this + "' is too deep for a name of " + name.length() + " characters");
        }
    }

    /// An empty match directly after another one is none: `.*=x` makes `x` of a name, not `xx`.
    private String replaced(String name) {
        Matcher matcher = pattern.matcher(name);
        StringBuilder renamed = new StringBuilder();
        int end = -1;
        while (matcher.find()) {
            if (matcher.end() > matcher.start() || matcher.start() != end) {
                matcher.appendReplacement(renamed, replacement);
                end = matcher.end();
            }
        }
        return matcher.appendTail(renamed).toString();
    }

    @Override
    public String toString() {
        return pattern + "=" + replacement;
    }

    /// What is wrong with the replacement; the JDK would only say so at the first match.
    private Optional<String> fault() {
        for (int i = 0; i < replacement.length(); i++) {
            char c = replacement.charAt(i);
            if (c == '\\') {
                i++;
                if (i == replacement.length()) {
                    return Optional.of("ends in a backslash (a backslash itself is \\\\)");
                }
            } else if (c == '$') {
                Optional<String> fault = groupFault(i + 1);
                if (fault.isPresent()) {
                    return fault;
                }
            }
        }
        return Optional.empty();
    }

    /// @param at behind the dollar
    private Optional<String> groupFault(int at) {
        int group = at < replacement.length() ? Character.digit(replacement.charAt(at), 10) : -1;
        if (group >= 0) {
            int groups = pattern.matcher("").groupCount();
            return group <= groups
                    ? Optional.empty()
                    : Optional.of("speaks of $" + group + ", but the regular expression has "
                            + Units.count(groups, "group") + " in parentheses");
        }
        int close = replacement.startsWith("{", at) ? replacement.indexOf('}', at) : -1;
        if (close < 0) {
            return Optional.of("has a $ that no group's number follows (a dollar itself is \\$)");
        }
        String name = replacement.substring(at + 1, close);
        return pattern.namedGroups().containsKey(name)
                ? Optional.empty()
                : Optional.of("speaks of ${" + name + "}, but the regular expression has no group of that name");
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
                renaming.fault().ifPresent(fault -> {
                    throw new TypeConversionException("the replacement of '" + value + "' " + fault);
                });
                return renaming;
            } catch (PatternSyntaxException e) {
                throw new TypeConversionException(
                        "'" + value + "' has no valid regular expression: " + e.getDescription());
            }
        }
    }
}
