package dev.stsw.cli;

import java.util.Map;
import java.util.OptionalDouble;

/// Writes JSON Lines: one object, one line. Forty lines of our own rather than a library, which would double what has
/// to be loaded at the start.
final class Json {
    private final Output out;
    private boolean first = true;

    private Json(Output out) {
        this.out = out;
    }

    /// Writes one object and ends its line.
    static void line(Output out, Members members) {
        new Json(out).object(members);
        out.append('\n');
    }

    /// What stands between an object's or an array's brackets.
    interface Members {
        /// Writes them, one after the other.
        void writeTo(Json json);
    }

    Json object(Members members) {
        return enclosed('{', members, '}');
    }

    Json array(Members members) {
        return enclosed('[', members, ']');
    }

    private Json enclosed(char open, Members members, char close) {
        separate();
        out.append(open);
        first = true;
        members.writeTo(this);
        out.append(close);
        first = false;
        return this;
    }

    /// Begins a member; its value follows.
    Json name(String name) {
        string(name);
        out.append(':');
        first = true;
        return this;
    }

    Json string(String value) {
        separate();
        StringBuilder text = new StringBuilder(value.length() + 2).append('"');
        value.codePoints().forEach(c -> appendEscaped(text, c));
        out.append(text.append('"'));
        return this;
    }

    /// What a terminal would obey is escaped as in tables, for JSON is read by people too; so are lone surrogates,
    /// which file names may hold, because UTF-8 has no form for them.
    private static void appendEscaped(StringBuilder text, int c) {
        if (c == '"' || c == '\\') {
            text.append('\\').append((char) c);
        } else if (!Escapes.isPrintable(c)) {
            Escapes.appendUnicode(text, c);
        } else {
            text.appendCodePoint(c);
        }
    }

    Json number(long value) {
        return literal(Long.toString(value));
    }

    /// A number that a double can be read from again; what is not finite has no form in JSON.
    Json number(OptionalDouble value) {
        return value.isPresent() && Double.isFinite(value.getAsDouble())
                ? literal(Double.toString(value.getAsDouble()))
                : none();
    }

    Json none() {
        return literal("null");
    }

    /// A number that is none of Java's, in digits.
    Json digits(String number) {
        return literal(number);
    }

    Json bool(boolean value) {
        return literal(Boolean.toString(value));
    }

    private Json literal(String text) {
        separate();
        out.append(text);
        return this;
    }

    Json numbers(long... values) {
        return array(json -> {
            for (long value : values) {
                json.number(value);
            }
        });
    }

    Json strings(Iterable<String> values) {
        return array(json -> values.forEach(json::string));
    }

    Json strings(Map<String, String> values) {
        return object(json -> values.forEach((name, value) -> json.name(name).string(value)));
    }

    private void separate() {
        if (!first) {
            out.append(',');
        }
        first = false;
    }
}
