package dev.stsw;

import dev.stsw.format.FileChangedException;
import dev.stsw.publish.FileIdentity;
import dev.stsw.publish.RegularFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// A regular file that is read at positions.
///
/// Interrupting a thread in a read closes the channel for all of them, so the others open it again.
final class DiskFile extends OpenFile {
    private final Path path;
    private final long size;
    private final Object key;
    private volatile FileChannel channel;
    private volatile boolean closed;

    private DiskFile(Path path, BasicFileAttributes attributes, FileChannel channel) throws IOException {
        this.path = path;
        this.size = channel.size();
        this.key = FileIdentity.of(attributes);
        this.channel = channel;
    }

    /// @throws FileSystemException if it is no regular file
    static DiskFile of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        RegularFiles.require(path, attributes);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new DiskFile(path, attributes, channel);
        } catch (ClosedByInterruptException e) {
            throw interrupted(path, e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    @Override
    String name() {
        return path.toString();
    }

    /// Bytes in the file when it was opened.
    @Override
    long size() {
        return size;
    }

    /// Maps a range for reading. Does not wait for anything, so that an interruption does not end it.
    @Override
    MemorySegment map(long position, long size, Arena arena) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return onChannel(open -> open.map(MapMode.READ_ONLY, position, size, arena));
                } catch (InterruptedIOException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Reads at least one byte, if the buffer has room.
    ///
    /// @throws FileChangedException if the file ends before that position, although it did not when it was opened
    /// @throws IllegalStateException after [#close()]
    @Override
    int read(ByteBuffer target, long position) throws IOException {
        int count = onChannel(open -> open.read(target, position));
        if (count < 0) {
            throw cut();
        }
        return count;
    }

    /// Copies at least one byte from a position to where the target stands, inside of the kernel where it can.
    ///
    /// @throws FileChangedException as [#read(ByteBuffer, long)]
    long transferTo(long position, long most, FileChannel target) throws IOException {
        long count = onChannel(open -> open.transferTo(position, most, target));
        if (count <= 0) {
            throw cut();
        }
        return count;
    }

    private FileChangedException cut() throws IOException {
        return changed("it ends at byte " + onChannel(FileChannel::size) + ", but had " + size
                + " when it was opened: it was cut while it was being read");
    }

    private <T> T onChannel(Operation<T> operation) throws IOException {
        while (true) {
            FileChannel current = channel;
            try {
                return operation.on(current);
            } catch (ClosedByInterruptException e) {
                throw interrupted(path, e);
            } catch (ClosedChannelException e) {
                if (current.isOpen()) {
                    throw e; // It is the other one's.
                }
                reopen();
            }
        }
    }

    @FunctionalInterface
    private interface Operation<T> {
        T on(FileChannel channel) throws IOException;
    }

    /// A mapping or a page in memory reads as zeros where the file was cut inside a page, so look again afterwards.
    ///
    /// @throws FileChangedException if the file has another size than when it was opened
    @Override
    void requireUnchangedSize() throws IOException {
        long now = onChannel(FileChannel::size);
        if (now != size) {
            throw changed("it has " + now + " bytes, but had " + size + " when it was opened: it changed while it was"
                    + " being read");
        }
    }

    /// The JDK's exception says nothing at all.
    static InterruptedIOException interrupted(Path path, Exception cause) {
        InterruptedIOException interrupted =
                new InterruptedIOException(path + ": the thread was interrupted while reading");
        interrupted.initCause(cause);
        return interrupted;
    }

    private synchronized void reopen() throws IOException {
        if (closed) {
            throw new IllegalStateException(path + ": the file was closed");
        }
        if (channel.isOpen()) {
            return;
        }
        DiskFile again = of(path);
        if (again.size != size || !again.key.equals(key)) {
            again.close();
            throw changed("it was replaced while it was being read");
        }
        channel = again.channel;
    }

    private FileChangedException changed(String problem) {
        return new FileChangedException(path.toString(), problem);
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
