package dev.stsw.cli;

/// JSON in a text, such as metadata often holds, with a line a member. It is not checked: what does not look like an
/// object or an array from its first to its last character stays as it is.
final class NestedJson {
    private static final String INDENT = "  ";

    private final StringBuilder out = new StringBuilder();
    private int depth;

    private NestedJson() {}

    static String unfolded(String text) {
        String json = text.strip();
        boolean object = json.startsWith("{") && json.endsWith("}");
        boolean array = json.startsWith("[") && json.endsWith("]");
        return object || array ? new NestedJson().of(json) : text;
    }

    private String of(String json) {
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            switch (c) {
                case '"' -> {
                    int end = endOfString(json, i);
                    out.append(json, i, end);
                    i = end - 1;
                }
                case '{', '[' -> {
                    out.append(c);
                    int next = afterSpace(json, i + 1);
                    if (next < json.length() && (json.charAt(next) == '}' || json.charAt(next) == ']')) {
                        out.append(json.charAt(next));
                        i = next;
                    } else {
                        depth++;
                        line();
                    }
                }
                case '}', ']' -> {
                    depth--;
                    line();
                    out.append(c);
                }
                case ',' -> {
                    out.append(c);
                    line();
                }
                case ':' -> out.append(": ");
                case ' ', '\t', '\n', '\r' -> {}
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    private static int afterSpace(String json, int from) {
        int at = from;
        while (at < json.length() && " \t\n\r".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
        return at;
    }

    private static int endOfString(String json, int start) {
        for (int i = start + 1; i < json.length(); i++) {
            if (json.charAt(i) == '\\') {
                i++;
            } else if (json.charAt(i) == '"') {
                return i + 1;
            }
        }
        return json.length();
    }

    private void line() {
        out.append('\n').append(INDENT.repeat(Math.max(0, depth)));
    }
}
