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
import org.jspecify.annotations.Nullable;

/// One attempt to put a file in its place, whole or not at all.
///
/// Bytes go to a temporary file beside the target; [#publish()] makes them durable and moves them into place. Any
/// failure
/// discards the attempt, once and for all: after a failed force, a second one may report success although the bytes are
/// lost. For one thread at a time; knows no tensor.
final class AtomicFile implements Closeable {
    private final Target target;
    private final Temporary temporary;
    /// Opened first, because a folder that cannot be forced must be refused before an hour of writing, not after it.
    private final @Nullable FileChannel folder;

    private State state = State.WRITING;

    private enum State {
        WRITING,
        PUBLISHED,
        DISCARDED
    }

    private AtomicFile(Target target, Temporary temporary, @Nullable FileChannel folder) {
        this.target = target;
        this.temporary = temporary;
        this.folder = folder;
    }

    /// Begins an attempt. What earlier ones left behind when their process died is deleted.
    ///
    /// @param opener opens the channel; [FileChannel#open], but for tests that make it fail
    /// @throws IOException if the target is something other than a file, or nothing can be written beside it
    static AtomicFile create(Path file, Temporary.Opener opener) throws IOException {
        Target target = Target.resolve(file);
        Leftovers.clean(target);
        FileChannel folder = Folders.open(target.folder());
        try {
            return new AtomicFile(target, Temporary.create(target, opener), folder);
        } catch (IOException | RuntimeException e) {
            closeAfter(e, folder);
            throw e;
        }
    }

    /// The file that will be replaced, symbolic links followed.
    Path path() {
        return target.path();
    }

    /// Writes the buffer's remaining bytes at a position from the start of the file.
    ///
    /// @throws InterruptedIOException if the thread was interrupted
    void write(ByteBuffer bytes, long position) throws IOException {
        requireWriting();
        try {
            long at = position;
            while (bytes.hasRemaining()) {
                at += temporary.channel().write(bytes, at);
            }
        } catch (IOException e) {
            throw discardedAfter(e);
        }
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
            temporary.channel().force(true);
            requireNoDirectory();
            Files.move(temporary.path(), target.path(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw discardedAfter(e);
        }
        state = State.PUBLISHED;
        temporary.moved();
        try (temporary;
                folder) {
            Folders.force(folder, target);
        }
    }

    /// Deletes what was written so far, unless it was published. A second call does nothing.
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
        closeAfter(fault, this);
        if (!(fault instanceof ClosedByInterruptException)) {
            return fault;
        }
        InterruptedIOException interrupted = new InterruptedIOException(
                target.path() + ": the thread was interrupted while writing; nothing was published");
        interrupted.initCause(fault);
        return interrupted;
    }

    private static void closeAfter(Throwable fault, @Nullable Closeable resource) {
        if (resource == null) {
            return;
        }
        try {
            resource.close();
        } catch (IOException e) {
            fault.addSuppressed(e);
        }
    }
}
