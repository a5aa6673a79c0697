package dev.stsw;

import dev.stsw.Verdicts.Choices;
import dev.stsw.format.Header;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// The tokens of a header that the reference accepts, so that no errors need to be looked for: strings with their
/// quotes, numbers and literals, brackets, commas, colons; white space between them is dropped.
final class JsonTokens {
    private static final String STRUCTURE = "{}[],:";

    private final List<String> tokens;
    /// Between the tokens, and at the end.
    private String space = "";

    private byte[] broken = new byte[0];
    private boolean isBroken;

    private JsonTokens(List<String> tokens) {
        this.tokens = tokens;
    }

    /// Bytes of the JSON that the file's prefix announces; 0 if they are not there.
    static int length(byte[] file) {
        if (file.length < Header.PREFIX_BYTES) {
            return 0;
        }
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return length < 0 || length > file.length - Header.PREFIX_BYTES ? 0 : (int) length;
    }

    static JsonTokens of(byte[] file) {
        String json = new String(file, Header.PREFIX_BYTES, length(file), StandardCharsets.UTF_8);
        List<String> tokens = new ArrayList<>();
        for (int at = 0; at < json.length(); ) {
            int end = at + 1;
            char c = json.charAt(at);
            if (c == '"') {
                while (json.charAt(end) != '"') {
                    end += json.charAt(end) == '\\' ? 2 : 1;
                }
                end++;
            } else if (!Character.isWhitespace(c) && STRUCTURE.indexOf(c) < 0) {
                while (STRUCTURE.indexOf(json.charAt(end)) < 0 && !Character.isWhitespace(json.charAt(end))) {
                    end++;
                }
            }
            if (!Character.isWhitespace(c)) {
                tokens.add(json.substring(at, end));
            }
            at = end;
        }
        return new JsonTokens(tokens);
    }

    byte[] bytes() {
        return isBroken ? broken : (String.join(space, tokens) + space).getBytes(StandardCharsets.UTF_8);
    }

    /// Changes how the same is said.
    String rewrite(Choices choices) {
        return switch (choices.next(4)) {
            case 0 -> {
                space = List.of("", " ", "\t", "\n", "\r", " \r\n\t ").get(choices.next(6));
                yield "spaced";
            }
            case 1 -> escape(choices);
            case 2 -> reorder(choices);
            default -> addUnknownField(choices);
        };
    }

    /// Writes a character of a string by its code.
    private String escape(Choices choices) {
        List<Integer> strings = positions("\"");
        int token = strings.get(choices.next(strings.size()));
        String text = tokens.get(token);
        int at = 1 + choices.next(Math.max(1, text.length() - 2));
        // Not within an escape sequence: only what stands before the first one.
        if (at < text.length() - 1 && text.lastIndexOf('\\', at) < 0 && !Character.isSurrogate(text.charAt(at))) {
            String digits = choices.next(2) == 0 ? "\\u%04x" : "\\u%04X";
            tokens.set(
                    token,
                    text.substring(0, at)
                            + String.format(Locale.ROOT, digits, (int) text.charAt(at))
                            + text.substring(at + 1));
        }
        return "escaped";
    }

    /// Rotates the members of an object.
    private String reorder(Choices choices) {
        List<Integer> objects = positions("{");
        int open = objects.get(choices.next(objects.size()));
        List<List<String>> members = new ArrayList<>(List.of(new ArrayList<>()));
        int close = open + 1;
        for (int depth = 1; ; close++) {
            String token = tokens.get(close);
            depth += token.equals("{") || token.equals("[") ? 1 : token.equals("}") || token.equals("]") ? -1 : 0;
            if (depth == 0) {
                break;
            }
            if (depth == 1 && token.equals(",")) {
                members.add(new ArrayList<>());
            } else {
                members.get(members.size() - 1).add(token);
            }
        }
        Collections.rotate(members, choices.next(members.size()));
        List<String> sorted = new ArrayList<>();
        for (List<String> member : members) {
            if (!sorted.isEmpty()) {
                sorted.add(",");
            }
            sorted.addAll(member);
        }
        for (int i = 0; i < sorted.size(); i++) {
            tokens.set(open + 1 + i, sorted.get(i));
        }
        return "reordered";
    }

    /// The reference ignores fields that it does not know in the entry of a tensor: the objects in the header that hold
    /// a shape.
    private String addUnknownField(Choices choices) {
        int shape = 0;
        for (int i = 0; i + 2 < tokens.size(); i++) {
            // Followed by an array, it is neither a tensor's name nor metadata.
            if (tokens.get(i).equals("\"shape\"") && tokens.get(i + 2).equals("[")) {
                shape = i;
            }
        }
        if (shape == 0) {
            return "left alone";
        }
        String name = "\"stsw fuzz " + tokens.size() + "\"";
        String value = List.of(
                        "1", "null", "\"x\"", "[ { } ]", "{ \"a\" : [ -0.5e-3 ] }", "18446744073709551616", "true")
                .get(choices.next(7));
        tokens.addAll(shape, List.of(name, ":", ","));
        tokens.addAll(shape + 2, List.of(value.split(" ", -1)));
        return "extended";
    }

    /// Breaks it so that nobody may accept it.
    String breach(Choices choices) {
        byte[] good = bytes();
        List<Integer> structure = positions(STRUCTURE);
        return switch (choices.next(6)) {
            case 0 -> {
                // All that ends is the last bracket, and white space behind it.
                int end = new String(good, StandardCharsets.ISO_8859_1).lastIndexOf('}');
                yield broken(Arrays.copyOf(good, choices.next(end + 1)), "cut");
            }
            case 1 -> {
                tokens.set(structure.get(choices.next(structure.size())), " ");
                yield broken(bytes(), "one bracket, comma or colon less");
            }
            case 2 -> {
                tokens.add(structure.get(choices.next(structure.size())), ",");
                yield broken(bytes(), "one comma more");
            }
            case 3 -> {
                List<Integer> strings = positions("\"");
                int token = strings.get(choices.next(strings.size()));
                char control = (char) choices.next(0x20);
                tokens.set(token, "\"" + control + tokens.get(token).substring(1));
                yield broken(bytes(), "a control character");
            }
            case 4 -> {
                List<Integer> strings = positions("\"");
                int token = strings.get(choices.next(strings.size()));
                tokens.set(token, "\"\\ud800" + tokens.get(token).substring(1));
                yield broken(bytes(), "half a surrogate pair");
            }
            default -> {
                int at = choices.next(good.length + 1);
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                bytes.write(good, 0, at);
                bytes.write(0xf8 + choices.next(8));
                bytes.write(good, at, good.length - at);
                yield broken(bytes.toByteArray(), "no UTF-8");
            }
        };
    }

    private String broken(byte[] bytes, String how) {
        broken = bytes;
        isBroken = true;
        return how;
    }

    /// Of the tokens that begin with one of the characters.
    private List<Integer> positions(String characters) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (characters.indexOf(tokens.get(i).charAt(0)) >= 0) {
                positions.add(i);
            }
        }
        return positions.isEmpty() ? List.of(0) : positions;
    }
}
