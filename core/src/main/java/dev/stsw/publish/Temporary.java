package dev.stsw.publish;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
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
import org.jspecify.annotations.Nullable;

/// A file of this process alone, beside its target; closing deletes it unless it was moved, or is to be resumed.
public final class Temporary implements Closeable {
    private static final Set<OpenOption> OPTIONS =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private static final System.Logger LOG = System.getLogger(Temporary.class.getName());

    private final Path path;
    private final FileChannel channel;
    private final Opener opener;
    private final Runnable release;
    /// Writes past the page cache; null where that was not asked for, or the file system cannot.
    private @Nullable FileChannel direct;

    /// The direct channel stays open nevertheless: closing it would give up the lock.
    private volatile boolean refused;
    /// What positions and sizes of direct writes are multiples of, in bytes.
    private int block;

    private boolean moved;
    private boolean kept;

    /// How channels are opened.
    @FunctionalInterface
    public interface Opener {
        FileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException;
    }

    private Temporary(Path path, FileChannel channel, Opener opener, Runnable release) {
        this.path = path;
        this.channel = channel;
        this.opener = opener;
        this.release = release;
    }

    /// A file that stays for the next attempt if this one fails; it is locked already.
    static Temporary ofPartial(Path path, FileChannel channel, Opener opener, Runnable release) {
        Temporary partial = new Temporary(path, channel, opener, release);
        partial.kept = true;
        return partial;
    }

    static Temporary create(Target target, Opener opener) throws IOException {
        while (true) {
            Leftovers.Claim claim = Leftovers.claim(target);
            Path path = claim.path();
            try {
                Temporary temporary =
                        new Temporary(path, opener.open(path, OPTIONS, attributes(target)), opener, claim::release);
                if (temporary.lock()) {
                    return temporary;
                }
                temporary.close();
            } catch (FileAlreadyExistsException e) {
                // Someone else drew the same 64 random bits, or planted the name: draw again.
                claim.release();
            } catch (IOException | RuntimeException e) {
                claim.release();
                throw e;
            }
        }
    }

    /// A new file gets 0666 less the umask. What replaces a file is nobody else's to read until it has that file's
    /// mode.
    static FileAttribute<?>[] attributes(Target target) {
        return target.replaced().isEmpty()
                ? new FileAttribute<?>[0]
                : new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                };
    }

    /// Takes the lock that tells other processes that this file is in use; false if one of them took it for abandoned
    /// in the moment before, and deletes it.
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

    public Path path() {
        return path;
    }

    public FileChannel channel() {
        return channel;
    }

    /// Opens the file a second time, past the page cache. Without that, or in vain, all writes go through the cache.
    public void openDirectly() {
        try {
            block = DirectIo.blockSize(path);
            if (block == 0) {
                return;
            }
            direct = opener.open(path, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS, DirectIo.option()));
        } catch (IOException | UnsupportedOperationException e) {
            LOG.log(Level.DEBUG, () -> path + ": no direct writes: " + e);
        }
    }

    /// Writes as much of the buffer as fills whole blocks past the page cache, and says how much that was.
    public int writeDirectly(ByteBuffer bytes, long position) throws IOException {
        FileChannel through = direct;
        int whole = bytes.remaining() & -block;
        if (through == null
                || refused
                || whole == 0
                // A buffer in the heap lies nowhere for long: the channel takes memory of its own for it.
                || !bytes.isDirect()
                || position % block != 0
                || bytes.alignmentOffset(bytes.position(), block) != 0) {
            return 0;
        }
        int limit = bytes.limit();
        int begin = bytes.position();
        bytes.limit(begin + whole);
        try {
            while (bytes.hasRemaining()) {
                through.write(bytes, position + bytes.position() - begin);
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            // Some file systems refuse only the write. What remains goes through the cache, where a fault of the disk
            // shows as well.
            LOG.log(Level.DEBUG, () -> path + ": no more direct writes: " + e);
            refused = true;
        } finally {
            bytes.limit(limit);
        }
        return bytes.position() - begin;
    }

    /// The file has another name now, and is not deleted any more.
    void moved() {
        moved = true;
        release.run();
    }

    /// Whether closing leaves the file to the next attempt.
    public boolean kept() {
        return kept;
    }

    /// Nobody may go on with this file.
    void doom() {
        kept = false;
    }

    @Override
    public void close() throws IOException {
        // Deleted before the lock goes with the channels: nobody else sees it abandoned.
        FileChannel through = direct;
        try (channel;
                through) {
            if (!moved && !kept) {
                Files.deleteIfExists(path);
            }
        } finally {
            release.run();
        }
    }
}
