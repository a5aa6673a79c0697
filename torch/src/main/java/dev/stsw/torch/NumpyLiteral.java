package dev.stsw.torch;

import dev.stsw.format.Shape;
import dev.stsw.torch.CheckpointException.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The Python literal in the head of an array: {@code {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }}. NumPy
 * evaluates it; here it is only read, and nothing but these three entries, in any order, is known.
 */
final class NumpyLiteral {
    private final String text;
    private int at;

    private @Nullable String descr;
    private @Nullable Boolean fortranOrder;
    private @Nullable Shape shape;

    private NumpyLiteral(String text) {
        this.text = text;
    }

    static NumpyLiteral parse(String text) throws CheckpointException {
        NumpyLiteral literal = new NumpyLiteral(text);
        literal.expect('{');
        while (!literal.skip('}')) {
            literal.entry();
            if (!literal.skip(',')) {
                literal.expect('}');
                break;
            }
        }
        if (literal.peek() != 0) {
            throw literal.fault("nothing but spaces after the closing brace");
        }
        literal.requireComplete();
        return literal;
    }

    String descr() {
        return descr == null ? "" : descr;
    }

    boolean fortranOrder() {
        return Boolean.TRUE.equals(fortranOrder);
    }

    Shape shape() {
        return shape == null ? Shape.of() : shape;
    }

    private void requireComplete() throws CheckpointException {
        if (descr == null || fortranOrder == null || shape == null) {
            throw fault("'descr', 'fortran_order' and 'shape'");
        }
    }

    private void entry() throws CheckpointException {
        int start = at;
        String key = string();
        expect(':');
        boolean again;
        switch (key) {
            case "descr" -> {
                again = descr != null;
                descr = dtype();
            }
            case "fortran_order" -> {
                again = fortranOrder != null;
                fortranOrder = bool();
            }
            case "shape" -> {
                again = shape != null;
                shape = tuple();
            }
            default -> again = true;
        }
        if (again) {
            at = start;
            throw fault("'descr', 'fortran_order' and 'shape', each once");
        }
    }

    private String dtype() throws CheckpointException {
        char next = peek();
        if (next == '[' || next == '(' || next == '{') {
            throw new CheckpointException(Kind.UNSUPPORTED, "has a structured dtype, which safetensors cannot hold");
        }
        return string();
    }

    private String string() throws CheckpointException {
        char quote = peek();
        if (quote != '\'' && quote != '"') {
            throw fault("a string");
        }
        int end = text.indexOf(quote, at + 1);
        int escape = text.indexOf('\\', at + 1);
        if (end < 0 || (escape >= 0 && escape < end)) {
            throw fault("a string without escapes");
        }
        String string = text.substring(at + 1, end);
        at = end + 1;
        return string;
    }

    private boolean bool() throws CheckpointException {
        peek();
        for (boolean value : new boolean[] {true, false}) {
            String word = value ? "True" : "False";
            if (text.startsWith(word, at)) {
                at += word.length();
                return value;
            }
        }
        throw fault("True or False");
    }

    private Shape tuple() throws CheckpointException {
        long[] dimensions = new long[8];
        int rank = 0;
        boolean comma = true;
        expect('(');
        while (!skip(')')) {
            if (!comma) {
                throw fault("',' or ')'");
            }
            if (rank == dimensions.length) {
                dimensions = Arrays.copyOf(dimensions, 2 * rank);
            }
            dimensions[rank++] = integer();
            comma = skip(',');
        }
        if (rank == 1 && !comma) {
            throw fault("a tuple, and no number in brackets");
        }
        return Shape.of(Arrays.copyOf(dimensions, rank));
    }

    private long integer() throws CheckpointException {
        peek();
        int end = at;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        try {
            long value = Long.parseLong(text, at, end, 10);
            // Python 2 wrote its long integers so.
            at = end < text.length() && text.charAt(end) == 'L' ? end + 1 : end;
            return value;
        } catch (NumberFormatException e) {
            throw fault("a dimension from 0 to 2^63-1");
        }
    }

    private boolean skip(char c) {
        boolean found = peek() == c;
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char c) throws CheckpointException {
        if (!skip(c)) {
            throw fault("'" + c + "'");
        }
    }

    /** The next character that is no space; 0 at the end. */
    private char peek() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private CheckpointException fault(String expected) {
        String found = text.substring(Math.min(at, text.length()), Math.min(at + 20, text.length()));
        return new CheckpointException(
                Kind.CORRUPT,
                "has a header that NumPy did not write: at character " + at + " expected " + expected + " but found "
                        + (found.isEmpty() ? "its end" : Quote.text(found)));
    }
}
