package dev.stsw;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// One attempt to put a file in its place, whole or not at all.
///
/// Bytes go to a temporary file beside the target; [#publish()] makes them durable and moves them into place. Any
/// failure ends the attempt, once and for all: after a failed force, a second one may report success although the
/// bytes are lost. For one thread at a time; knows no tensor.
final class AtomicFile implements Closeable {
    private final Target target;
    private final Temporary temporary;
    /// Opened first, because a folder that cannot be forced must be refused before an hour of writing, not after it.
    private final Folder folder;

    private State state = State.WRITING;

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
    static AtomicFile create(Path file, Temporary.Opener opener) throws IOException {
        return begin(file, opener, Temporary::create);
    }

    /// Goes on with what an earlier attempt of this kind left, or begins one that a later attempt can go on with.
    ///
    /// @throws IOException as [#create(Path, Temporary.Opener)], or if another writer is at it
    static AtomicFile resume(Path file, Temporary.Opener opener) throws IOException {
        return begin(file, opener, Partials::open);
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
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /// The file that will be replaced, symbolic links followed.
    Path path() {
        return target.path();
    }

    /// Writes the buffer's remaining bytes at a position from the start of the file: past the page cache where they and
    /// the buffer are aligned and [#bypassCache()] was asked for.
    ///
    /// @throws InterruptedIOException if the thread was interrupted
    void write(ByteBuffer bytes, long position) throws IOException {
        requireWriting();
        try {
            long at = position + temporary.writeDirectly(bytes, position);
            while (bytes.hasRemaining()) {
                at += temporary.channel().write(bytes, at);
            }
        } catch (IOException e) {
            throw discardedAfter(e);
        }
    }

    /// The bytes so far; for reading what an earlier attempt left.
    FileChannel channel() {
        return temporary.channel();
    }

    /// Where the bytes are until they are published.
    Path temporaryPath() {
        return temporary.path();
    }

    /// Whether more can be written.
    boolean isWriting() {
        return state == State.WRITING;
    }

    /// Prefers writes that go past the page cache, where the file system has them.
    void bypassCache() {
        temporary.openDirectly();
    }

    /// Makes the file durable and puts it in its place.
    ///
    /// @throws IOException if that fails; the target is what it was, unless the message says otherwise
    void publish() throws IOException {
        requireWriting();
        try {
            if (target.mode().isPresent()) {
                Files.setPosixFilePermissions(temporary.path(), target.mode().get());
            }
            force();
            requireNoDirectory();
            Files.move(temporary.path(), target.path(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw discardedAfter(e);
        }
        state = State.PUBLISHED;
        temporary.moved();
        try (temporary;
                folder) {
            folder.force(target);
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
        if (state != State.WRITING) {
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
        return fault instanceof ClosedByInterruptException ? interrupted(fault) : fault;
    }

    /// The error of a thread that was interrupted while it wrote or waited for a write.
    InterruptedIOException interrupted(Exception cause) {
        InterruptedIOException interrupted = new InterruptedIOException(
                target.path() + ": the thread was interrupted while writing; nothing was published"
                        + (temporary.kept() ? ", what was written can be resumed" : ""));
        interrupted.initCause(cause);
        return interrupted;
    }
}
