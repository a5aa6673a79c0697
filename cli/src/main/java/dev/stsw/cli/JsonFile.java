package dev.stsw.cli;

import dev.stsw.format.HeaderException;
import dev.stsw.format.JsonObject;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A small JSON file beside a model, as others wrote it.
final class JsonFile {
    /// Those of real models have some kilobytes.
    private static final long MAX_BYTES = 16 << 20;

    private JsonFile() {}

    /// The members of the file's object; empty if there is no such file.
    static Optional<Map<String, Object>> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new FileSystemException(file.toString(), null, "larger than " + MAX_BYTES + " bytes");
        }
        try {
            Path name = file.getFileName();
            return Optional.of(JsonObject.parse(Files.readAllBytes(file), name == null ? "it" : name.toString()));
        } catch (HeaderException e) {
            throw e.in(file.toString());
        }
    }

    /// The value of the first member of that name, however deep, those of the object itself before those of its
    /// members.
    static Optional<Object> find(Object value, String key) {
        if (value instanceof Map<?, ?> object) {
            Object found = object.get(key);
            if (found != null) {
                return Optional.of(found);
            }
            return first(object.values(), key);
        }
        return value instanceof List<?> list ? first(list, key) : Optional.empty();
    }

    private static Optional<Object> first(Iterable<?> values, String key) {
        for (Object value : values) {
            Optional<Object> found = find(value, key);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }
}
