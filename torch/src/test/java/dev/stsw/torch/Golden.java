package dev.stsw.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tables and files that interop made with torch. */
final class Golden {
    static final Path FOLDER = Path.of(System.getProperty("stsw.root"), "interop", "golden");

    private Golden() {}

    /** The rows of a table, as unescaped columns, comments left out. */
    static List<List<String>> table(String name) throws IOException {
        try (var lines = Files.lines(FOLDER.resolve(name))) {
            return lines.filter(line -> !line.startsWith("#"))
                    .map(line -> List.of(line.split("\t", -1)).stream()
                            .map(Golden::unescape)
                            .toList())
                    .toList();
        }
    }

    /** Text is written like the inside of an ASCII JSON string. */
    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char kind = text.charAt(++i);
            if (kind == 'u') {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
                i += 4;
            } else {
                int known = "nrtbf".indexOf(kind);
                plain.append(known < 0 ? kind : "\n\r\t\b\f".charAt(known));
            }
        }
        return plain.toString();
    }
}
