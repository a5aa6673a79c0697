package dev.stsw;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;

/// Where a file will be put: symbolic links followed to their end, and only where a file is or can be.
///
/// @param path of the file itself, absolute
/// @param folder that holds it
/// @param mode of the file to be replaced; empty if there is none, or the file system has no such modes
record Target(Path path, Path folder, Optional<Set<PosixFilePermission>> mode) {
    /// As many as Linux follows.
    private static final int MAX_LINKS = 40;

    /// @throws FileSystemException if something is there that is no regular file, or the folder does not exist
    static Target resolve(Path file) throws IOException {
        Path path = followLinks(file);
        Path folder = path.getParent();
        if (folder == null) {
            throw new FileSystemException(file.toString(), null, "is no name of a file");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no such folder to write " + path.getFileName() + " in");
        }
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return new Target(path, folder, Optional.empty());
        }
        RegularFiles.require(file, attributes);
        return new Target(path, folder, modeOf(path));
    }

    private static Path followLinks(Path file) throws IOException {
        Path path = file.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(path); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemLoopException(file + ": more than " + MAX_LINKS + " symbolic links");
            }
            // Not normalized: ".." after a link to a folder leads out of the folder it links to.
            path = path.resolveSibling(Files.readSymbolicLink(path));
        }
        return path;
    }

    private static Optional<Set<PosixFilePermission>> modeOf(Path path) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        return view == null
                ? Optional.empty()
                : Optional.of(view.readAttributes().permissions());
    }
}
