package dev.stsw.publish;

import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/// Refuses what is no regular file before it is opened: opening a pipe would wait for its other end.
public final class RegularFiles {
    private RegularFiles() {}

    public static void require(Path file, BasicFileAttributes attributes) throws FileSystemException {
        if (!attributes.isRegularFile()) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    attributes.isDirectory() ? "is a directory" : "is a device, pipe or socket, not a file");
        }
    }
}
