package dev.stsw.publish;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/// Tells whether a path still leads to the same file.
public final class FileIdentity {
    private FileIdentity() {}

    /// What another file at the same path would hardly have, and no writing in place changes on POSIX systems. Windows
    /// has no keys, and gives a file that takes a deleted one's name within seconds that one's time of creation, too.
    public static Object of(BasicFileAttributes attributes) {
        Object key = attributes.fileKey();
        return key == null ? List.of(attributes.creationTime(), attributes.lastModifiedTime()) : key;
    }
}
