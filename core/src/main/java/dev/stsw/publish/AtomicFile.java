package dev.stsw.publish;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One attempt to put a file in its place, whole or not at all.
///
/// Bytes go to a temporary file beside the target; [#publish()] makes them durable and moves them into place. Any
/// failure ends the attempt, once and for all: after a failed force, a second one may report success although the
/// bytes are lost. Any number of threads may write; the rest is for one of them at a time. Knows no tensor.
public final class AtomicFile implements Closeable {
    private static final Set<String> SHARING = Set.of("xfs", "btrfs", "bcachefs", "ocfs2", "zfs");
    /// At most so many bytes are copied at once, so that an interrupt is heeded.
    private static final long COPY_BYTES = 1 << 30;

    private final Target target;
    private final Temporary temporary;
    /// Opened first, because a folder that cannot be forced must be refused before an hour of writing, not after it.
    private final Folder folder;

    private volatile State state = State.WRITING;
    /// Of the first write that failed.
    private volatile @Nullable IOException fault;

    private enum State {
        WRITING,
        PUBLISHED,
        DISCARDED
    }

    private AtomicFile(Target target, Temporary temporary, Folder folder) {
        this.target = target;
        this.temporary = temporary;
        this.folder = folder;
    }

    /// Begins an attempt. What earlier ones left behind when their process died is deleted.
    ///
    /// @param opener opens the channel; [FileChannel#open], but for tests that make it fail
    /// @throws IOException if the target is something other than a file, or nothing can be written beside it
    public static AtomicFile create(Path file, Temporary.Opener opener) throws IOException {
        return begin(file, opener, Temporary::create);
    }

    /// Goes on with what an earlier attempt of this kind left, or begins one that a later attempt can go on with.
    ///
    /// @throws IOException as [#create(Path, Temporary.Opener)], or if another writer is at it
    public static AtomicFile resume(Path file, Temporary.Opener opener) throws IOException {
        return begin(file, opener, Partials::open);
    }

    /// Begins an attempt beside which no other of this kind can be made, by this process or another, until it ends.
    ///
    /// @throws IOException as [#create(Path, Temporary.Opener)], or if there is such an attempt already
    public static AtomicFile alone(Path file, Temporary.Opener opener) throws IOException {
        AtomicFile attempt = begin(file, opener, Partials::openAlone);
        try {
            attempt.channel().truncate(0); // A dead writer may have left more.
            return attempt;
        } catch (IOException e) {
            throw attempt.discardedAfter(e);
        }
    }

    @FunctionalInterface
    private interface Maker {
        Temporary make(Target target, Temporary.Opener opener) throws IOException;
    }

    private static AtomicFile begin(Path file, Temporary.Opener opener, Maker maker) throws IOException {
        Target target = Target.resolve(file);
        Leftovers.clean(target);
        Folder folder = Folder.open(target.folder());
        try {
            return new AtomicFile(target, maker.make(target, opener), folder);
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            folder.close();
            // Of archives, for example, which have no such channels.
            FileSystemException refused = new FileSystemException(
                    file.toString(),
                    null,
                    "its file system ("
                            + file.getFileSystem().provider().getScheme()
                            + ") cannot put files in their place whole or not at all; write them elsewhere and copy them, or"
                            + " write to a channel with SequentialWriter");
            refused.initCause(e);
            throw refused;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /// The file that will be replaced, symbolic links followed.
    public Path path() {
        return target.path();
    }

    /// Writes the buffer's remaining bytes at a position from the start of the file: past the page cache where they
    /// and the buffer are aligned and [#bypassCache()] was asked for. A failure ends the attempt, but what was
    /// written stays until [#close()]: other threads may be writing still. They fail with the same exception.
    ///
    /// @throws InterruptedIOException if the thread was interrupted
    public void write(ByteBuffer bytes, long position) throws IOException {
        requireNoFault();
        try {
            long at = position + temporary.writeDirectly(bytes, position);
            while (bytes.hasRemaining()) {
                at += temporary.channel().write(bytes, at);
            }
        } catch (IOException e) {
            fault = inWords(e);
            throw fault;
        }
    }

    /// Copies bytes of another file to a position, inside of the kernel where it can. For one thread at a time; fails
    /// as [#write(ByteBuffer, long)].
    public void copy(Source source, long from, long size, long position) throws IOException {
        requireNoFault();
        try {
            FileChannel target = temporary.channel().position(position);
            for (long done = 0; done < size; ) {
                done += source.transferTo(from + done, Math.min(size - done, COPY_BYTES), target);
            }
        } catch (IOException e) {
            fault = inWords(e);
            throw fault;
        }
    }

    /// Another file to copy from.
    @FunctionalInterface
    public interface Source {
        /// Copies at least one and at most so many bytes from a position to where the target stands.
        long transferTo(long position, long most, FileChannel target) throws IOException;
    }

    private void requireNoFault() throws IOException {
        IOException before = fault;
        if (before != null) {
            throw before;
        }
        requireWriting();
    }

    /// The bytes so far; for reading what an earlier attempt left.
    public FileChannel channel() {
        return temporary.channel();
    }

    /// Where the bytes are until they are published.
    public Path temporaryPath() {
        return temporary.path();
    }

    /// Whether more can be written.
    public boolean isWriting() {
        return state == State.WRITING && fault == null;
    }

    /// Prefers writes that go past the page cache, where the file system has them.
    public void bypassCache() {
        temporary.openDirectly();
    }

    /// Whether the file system may let two files share what is the same in them, so that copying costs nothing.
    public boolean sharesBlocks() throws IOException {
        return SHARING.contains(Files.getFileStore(temporary.path()).type());
    }

    /// Makes the file durable and puts it in its place.
    ///
    /// @throws IOException if that fails; the target is what it was, unless the message says otherwise
    public void publish() throws IOException {
        publish(true);
    }

    /// Puts the file in its place.
    ///
    /// @param durable whether it is on the disk then; if not, a power cut may take it away, or its bytes
    /// @throws IOException if that fails; the target is what it was, unless the message says otherwise
    public void publish(boolean durable) throws IOException {
        requireWriting();
        try {
            if (target.replaced().isPresent()) {
                Ownership.pass(target.replaced().get(), temporary.path(), target.path());
            }
            if (durable) {
                force();
            }
            requireNoDirectory();
            move();
        } catch (IOException e) {
            throw discardedAfter(e);
        }
        state = State.PUBLISHED;
        temporary.moved();
        try (temporary;
                folder) {
            if (durable) {
                folder.force(target);
            }
        }
    }

    private void move() throws IOException {
        try {
            Replacement.move(temporary.path(), target.path());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private void force() throws IOException {
        try {
            temporary.channel().force(true);
        } catch (IOException e) {
            // The kernel may hold pages for clean that never reached the disk: read again, they would seem whole.
            temporary.doom();
            throw e;
        }
    }

    /// Deletes what was written so far, unless it was published or can be resumed. A second call does nothing.
    @Override
    public void close() throws IOException {
        if (state != State.WRITING) {
            return;
        }
        state = State.DISCARDED;
        try (folder) {
            temporary.close();
        }
    }

    private void requireWriting() {
        if (!isWriting()) {
            throw new IllegalStateException(target.path() + ": this attempt has ended");
        }
    }

    /// A rename would say so only in the words of the operating system.
    private void requireNoDirectory() throws IOException {
        if (Files.isDirectory(target.path())) {
            throw new FileSystemException(target.path().toString(), null, "has become a directory");
        }
    }

    private IOException discardedAfter(IOException fault) {
        try {
            close();
        } catch (IOException e) {
            fault.addSuppressed(e);
        }
        return inWords(fault);
    }

    private IOException inWords(IOException fault) {
        return fault instanceof ClosedByInterruptException ? interrupted(fault) : fault;
    }

    /// The error of a thread that was interrupted while it wrote or waited for a write.
    public InterruptedIOException interrupted(Exception cause) {
        InterruptedIOException interrupted = new InterruptedIOException(
                target.path() + ": the thread was interrupted while writing; nothing was published"
                        + (temporary.kept() ? ", what was written can be resumed" : ""));
        interrupted.initCause(cause);
        return interrupted;
    }
}
