package dev.stsw;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Bytes that are read at positions, by any number of threads. Knows no tensor.
abstract sealed class OpenFile implements Closeable permits DiskFile, MemoryFile, ChannelFile {
    /// @throws java.nio.file.FileSystemException if it is no regular file
    static OpenFile open(Path path) throws IOException {
        return DiskFile.of(path);
    }

    /// What it is called in messages.
    abstract String name();

    /// Bytes in it when it was opened.
    abstract long size();

    /// A range as memory that is valid as long as the arena.
    ///
    /// @throws UnsupportedOperationException if it cannot be had without being read
    abstract MemorySegment map(long position, long size, Arena arena) throws IOException;

    /// Reads at least one byte, if the buffer has room.
    ///
    /// @throws dev.stsw.format.FileChangedException if it ends before that position, although it did not when it was
    ///     opened
    /// @throws IllegalStateException after [#close()]
    abstract int read(ByteBuffer target, long position) throws IOException;

    /// Whether other threads may read, too.
    boolean concurrent() {
        return true;
    }

    /// Fills the buffer from that position on.
    ///
    /// @throws dev.stsw.format.FileChangedException if it ends before the buffer is full
    final void readFully(ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            at += read(target, at);
        }
    }

    /// @throws dev.stsw.format.FileChangedException if it has another size than when it was opened
    abstract void requireUnchangedSize() throws IOException;
}
