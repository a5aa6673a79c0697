package dev.stsw;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A file of this process alone, beside its target; closing deletes it unless it was moved.
final class Temporary implements Closeable {
    private static final Set<OpenOption> OPTIONS =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final FileChannel channel;
    private boolean moved;

    /// How channels are opened.
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException;
    }

    private Temporary(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static Temporary create(Target target, Opener opener) throws IOException {
        while (true) {
            Path path = Leftovers.claim(target);
            try {
                Temporary temporary = new Temporary(path, opener.open(path, OPTIONS, attributes(target)));
                if (temporary.lock()) {
                    return temporary;
                }
                temporary.close();
            } catch (FileAlreadyExistsException e) {
                // Someone else drew the same 64 random bits, or planted the name: draw again.
                Leftovers.release(path);
            } catch (IOException | RuntimeException e) {
                Leftovers.release(path);
                throw e;
            }
        }
    }

    /// A new file gets 0666 less the umask. What replaces a file is nobody else's to read until it has that file's
    /// mode.
    private static FileAttribute<?>[] attributes(Target target) {
        return target.mode().isEmpty()
                ? new FileAttribute<?>[0]
                : new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                };
    }

    /// Takes the lock that tells other processes that this file is in use; false if one of them took it for abandoned
    /// in
    /// the moment before, and deletes it.
    @SuppressWarnings("MustBeClosedChecker") // Lives as long as the channel.
    private boolean lock() throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException | UnsupportedOperationException e) {
            // No locks on this file system: then nobody can take one to delete this file, either.
            return true;
        }
    }

    Path path() {
        return path;
    }

    FileChannel channel() {
        return channel;
    }

    /// The file has another name now, and is not deleted any more.
    void moved() {
        moved = true;
        Leftovers.release(path);
    }

    @Override
    public void close() throws IOException {
        // Deleted before the lock goes with the channel: nobody else sees it abandoned.
        try (channel) {
            if (!moved) {
                Files.deleteIfExists(path);
            }
        } finally {
            Leftovers.release(path);
        }
    }
}
