package dev.stsw.publish;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The partial files of resumable writes: one beside each target, named `.model.safetensors.stsw-partial`, so that the
/// next attempt finds it; locked by its writer, so that a second one is refused.
///
/// A name that everyone can foresee can be planted. What stands there is therefore opened only if it is a file, by no
/// other name, of this process's user.
public final class Partials {
    private static final String SUFFIX = "stsw-partial";

    private static final Set<OpenOption> NEW = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> AGAIN =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    /// On Linux, a folder that belongs to the user of the process.
    private static final Path PROCESS = Path.of("/proc/self");

    /// The partial files that this process writes. It must not open them a second time: on
    /// POSIX systems, closing any channel of a file gives up all locks that the process has on it.
    private static final Set<Target.Place> LIVE = ConcurrentHashMap.newKeySet();

    private Partials() {}

    /// Opens what an earlier attempt left, or begins anew.
    ///
    /// @throws FileSystemException if another writer has it, or something else stands there
    public static Temporary open(Target target, Temporary.Opener opener) throws IOException {
        return open(target, opener, true);
    }

    /// The same for a file that is not to be resumed, but keeps others away as long as it is open. Where files cannot
    /// be locked, that it is there keeps them away.
    static Temporary openAlone(Target target, Temporary.Opener opener) throws IOException {
        Temporary alone = open(target, opener, false);
        alone.doom();
        return alone;
    }

    private static Temporary open(Target target, Temporary.Opener opener, boolean resumable) throws IOException {
        Path path = target.folder().resolve(Leftovers.prefix(target.path()) + SUFFIX);
        Target.Place place = target.place(spelling(path));
        if (!LIVE.add(place)) {
            throw inUse(path);
        }
        try {
            while (true) {
                Optional<FileChannel> channel = tryOpen(path, target, opener, resumable);
                if (channel.isPresent()) {
                    return Temporary.ofPartial(path, channel.get(), opener, () -> LIVE.remove(place));
                }
            }
        } catch (IOException | RuntimeException e) {
            LIVE.remove(place);
            throw e;
        }
    }

    /// The name as the folder has it: some file systems take no notice of case.
    private static String spelling(Path path) throws IOException {
        try {
            return path.toRealPath(LinkOption.NOFOLLOW_LINKS).getFileName().toString();
        } catch (NoSuchFileException e) {
            return path.getFileName().toString();
        }
    }

    /// Empty if another writer created, published or deleted the file meanwhile.
    private static Optional<FileChannel> tryOpen(Path path, Target target, Temporary.Opener opener, boolean resumable)
            throws IOException {
        Optional<Object> found = requireOurs(path, target);
        FileChannel channel;
        try {
            channel = found.isEmpty() ? opener.open(path, NEW, Temporary.attributes(target)) : opener.open(path, AGAIN);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            lock(path, channel, resumable, found.isEmpty());
            // A writer that published the file just now held the lock until then: what was opened is its target.
            Optional<Object> locked = requireOurs(path, target);
            if (locked.isPresent() && (found.isEmpty() || locked.equals(found))) {
                return Optional.of(channel);
            }
            channel.close();
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// The identity of what stands at the path; empty if nothing does.
    private static Optional<Object> requireOurs(Path path, Target target) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw refused(path, "is no file: a link or something else was put in its place");
            }
            if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
                requireOwn(path, PROCESS, target);
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return Optional.of(FileIdentity.of(attributes));
    }

    /// Refuses a file that has other names, or belongs to another user.
    ///
    /// @param process belongs to the user of this process, if it exists
    public static void requireOwn(Path path, Path process, Target target) throws IOException {
        if (!Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS).equals(1)) {
            throw refused(path, "is a hard link to a file that has other names, too");
        }
        Object owner = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        boolean own = Files.isDirectory(process) && owner.equals(Files.getAttribute(process, "unix:uid"));
        // A server of files may also have another name for this process's user.
        if (!own && !owner.equals(ownerOfOurs(target))) {
            throw refused(path, "belongs to another user");
        }
    }

    /// The owner of a file that this process makes in the folder.
    private static Object ownerOfOurs(Target target) throws IOException {
        Leftovers.Claim claim = Leftovers.claim(target);
        try {
            Files.createFile(claim.path());
            try {
                return Files.getAttribute(claim.path(), "unix:uid", LinkOption.NOFOLLOW_LINKS);
            } finally {
                Files.delete(claim.path());
            }
        } finally {
            claim.release();
        }
    }

    /// @param resumable whether others could go on with the file, if nothing but a lock kept them away
    /// @param made whether this process made it
    @SuppressWarnings("MustBeClosedChecker") // Lives as long as the channel.
    private static void lock(Path path, FileChannel channel, boolean resumable, boolean made) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw inUse(path);
        } catch (IOException | UnsupportedOperationException e) {
            if (!resumable && made) {
                return;
            }
            FileSystemException refused = new FileSystemException(
                    path.toString(),
                    null,
                    "cannot be locked on this file system: "
                            + (resumable
                                    ? "write without resume"
                                    : "if no other writer is at it, one has died, and it can be deleted"));
            refused.initCause(e);
            throw refused;
        }
        if (lock == null) {
            throw inUse(path);
        }
    }

    private static FileSystemException inUse(Path path) {
        return new FileSystemException(path.toString(), null, "another writer is writing this partial file now");
    }

    private static FileSystemException refused(Path path, String problem) {
        return new FileSystemException(
                path.toString(), null, "the partial file " + problem + "; delete it, or write without resume");
    }
}
