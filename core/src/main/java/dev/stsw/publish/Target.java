package dev.stsw.publish;

import java.io.IOError;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;
import java.util.regex.Pattern;

/// Where a file will be put: symbolic links followed to their end, and only where a file is or can be.
///
/// A link to a file that is called by its hash is not followed but replaced: what a content-addressed store, such as
/// the hub's cache, has under a hash is what everyone else finds there.
///
/// @param path of the file itself, absolute
/// @param folder that holds it
/// @param replaced what to know of the file to be replaced; empty if there is none, or the file system has no modes
public record Target(Path path, Path folder, Optional<PosixFileAttributes> replaced) {
    /// As many as Linux follows.
    private static final int MAX_LINKS = 40;
    /// SHA-1 or SHA-256.
    private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{40}([0-9a-fA-F]{24})?");

    private static final Pattern DEVICE = Pattern.compile(
            "(con|prn|aux|nul|conin\\$|conout\\$|com[1-9]|lpt[1-9]) *(\\..*)?",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final LinkOption[] FOLLOW = {};
    private static final LinkOption[] NO_FOLLOW = {LinkOption.NOFOLLOW_LINKS};

    /// A file in the folder, the same for all spellings of the folder's path: with links, `..`, or by another mount.
    public record Place(Object folder, String name) {}

    /// Where a file will be, symbolic links followed.
    ///
    /// @throws FileSystemException if something is there that is no regular file, or the folder does not exist
    public static Target resolve(Path file) throws IOException {
        Path path = followLinks(file);
        Path folder = path.getParent();
        if (isDevice(path)) {
            throw new FileSystemException(file.toString(), null, "is the name of a device, not of a file");
        }
        if (folder == null) {
            throw new FileSystemException(file.toString(), null, "is no name of a file");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no such folder to write " + path.getFileName() + " in");
        }
        LinkOption[] links = Files.isSymbolicLink(path) ? FOLLOW : NO_FOLLOW;
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, links);
        } catch (NoSuchFileException e) {
            return new Target(path, folder, Optional.empty());
        }
        RegularFiles.require(file, attributes);
        requireWritable(file, attributes);
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class, links);
        return new Target(path, folder, view == null ? Optional.empty() : Optional.of(view.readAttributes()));
    }

    private static Path absolute(Path file) throws FileSystemException {
        try {
            return file.toAbsolutePath();
        } catch (IOError e) {
            // Of Windows: `a:b` is in the current folder of drive a.
            throw new FileSystemException(file.toString(), null, "is on a drive that is not there");
        }
    }

    private static Path followLinks(Path file) throws IOException {
        Path path = absolute(file);
        for (int links = 0; Files.isSymbolicLink(path); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemLoopException(file + ": more than " + MAX_LINKS + " symbolic links");
            }
            Path destination = Files.readSymbolicLink(path);
            if (HASH.matcher(String.valueOf(destination.getFileName())).matches()) {
                break;
            }
            // Not normalized: ".." after a link to a folder leads out of the folder it links to.
            path = path.resolveSibling(destination);
        }
        return path;
    }

    /// What Windows takes for a device in every folder, whatever ending follows: `nul`, `con.safetensors`.
    private static boolean isDevice(Path path) {
        return path.getFileSystem().getSeparator().equals("\\")
                && DEVICE.matcher(String.valueOf(path.getFileName())).matches();
    }

    /// What Windows calls read-only cannot be replaced, which it would say after all was written. On POSIX systems that
    /// is a matter of the folder.
    private static void requireWritable(Path file, BasicFileAttributes attributes) throws FileSystemException {
        if (attributes instanceof DosFileAttributes dos && dos.isReadOnly()) {
            throw new FileSystemException(file.toString(), null, "is read-only");
        }
    }

    /// The place of a file of that name beside the target.
    Place place(String name) throws IOException {
        Object key = Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
        return new Place(key == null ? folder.toRealPath() : key, name);
    }
}
