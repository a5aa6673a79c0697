package dev.stsw;

import dev.stsw.format.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/// Finds the files that the reference made (`interop/golden`) and reads their tables.
final class Golden {
    private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-f]{4}|.)");

    private Golden() {}

    static Path path(String name) {
        return Path.of(System.getProperty("stsw.root"), "interop", "golden", name);
    }

    /// The rows of a table, cut at its tabs.
    static List<String[]> rows(String name) throws IOException {
        return Files.readAllLines(path(name)).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .toList();
    }

    /// The files of `valid.zip` by name.
    static Map<String, byte[]> validFiles() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(path("valid.zip").toFile())) {
            for (var entry : zip.stream().toList()) {
                files.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return files;
    }

    /// Resolves the JSON escapes of a cell.
    static String text(String cell) {
        Matcher escapes = ESCAPE.matcher(cell);
        return escapes.replaceAll(found -> Matcher.quoteReplacement(unescape(found.group(1))));
    }

    private static String unescape(String escape) {
        return switch (escape.charAt(0)) {
            case 'u' -> String.valueOf((char) Integer.parseInt(escape.substring(1), 16));
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case 'b' -> "\b";
            case 'f' -> "\f";
            default -> escape;
        };
    }

    static Shape shape(String cell) {
        return cell.isEmpty()
                ? Shape.of()
                : Shape.of(List.of(cell.split(",")).stream()
                        .mapToLong(Long::parseLong)
                        .toArray());
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
