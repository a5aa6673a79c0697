package dev.stsw.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds the files that the reference made ({@code interop/golden}) and reads their tables. */
final class Golden {
    private Golden() {}

    static Path path(String name) {
        return Path.of(System.getProperty("stsw.root"), "interop", "golden", name);
    }

    /** The rows of a table, cut at its tabs. */
    static List<String[]> rows(String name) {
        try {
            return Files.readAllLines(path(name)).stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Resolves the JSON escapes of a cell. */
    static String text(String cell) throws HeaderException {
        byte[] json = ('"' + cell + '"').getBytes(StandardCharsets.UTF_8);
        return Json.of(json, 0).string();
    }

    static Shape shape(String cell) {
        return cell.isEmpty()
                ? Shape.of()
                : Shape.of(List.of(cell.split(",")).stream()
                        .mapToLong(Long::parseLong)
                        .toArray());
    }

    /** Reads a whole file the way a reader would. */
    static Header parse(byte[] file) throws HeaderException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int length = Header.jsonLength(bytes, file.length);
        return Header.parse(bytes.slice(0, Header.PREFIX_BYTES + length), file.length);
    }
}
