package dev.stsw;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Appends to a file through one buffer outside the heap, and computes checksums over that buffer.
///
/// Data is copied into the buffer first, always: a block may lie in a mapped file, and [CRC32] over mapped memory kills
/// the virtual machine when that file is cut.
final class FileOutput implements Closeable {
    private final AtomicFile file;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer;
    private final ByteBuffer bytes;
    /// Of the buffer's first byte, from the start of the file.
    private long position;
    private int used;

    FileOutput(AtomicFile file, int bufferSize) {
        this.file = file;
        this.buffer = arena.allocate(bufferSize, 4096);
        this.bytes = buffer.asByteBuffer();
    }

    /// Appends elements of a layout in the host's byte order as that other layout, little-endian.
    ///
    /// @throws IOException if writing fails
    /// @throws InternalError if the source is mapped and its file was cut
    void append(MemorySegment source, ValueLayout from, ValueLayout to, @Nullable CRC32 crc) throws IOException {
        long width = from.byteSize();
        long left = source.byteSize();
        long at = 0;
        while (left > 0) {
            if (buffer.byteSize() - used < width) {
                flush();
            }
            long room = buffer.byteSize() - used;
            long size = Math.min(left, room - room % width);
            MemorySegment.copy(source, from, at, buffer, to, used, size / width);
            if (source.isMapped()) {
                MappedFaults.deliver();
            }
            taken((int) size, crc);
            at += size;
            left -= size;
        }
    }

    /// Appends what one read from the channel brings, at most `limit` bytes, and says how many; -1 at the channel's
    /// end.
    int appendFrom(ReadableByteChannel channel, long limit, @Nullable CRC32 crc) throws IOException {
        if (used == buffer.byteSize()) {
            flush();
        }
        bytes.limit((int) Math.min(buffer.byteSize(), used + limit)).position(used);
        int count = channel.read(bytes);
        if (count > 0) {
            taken(count, crc);
        }
        return count;
    }

    private void taken(int size, @Nullable CRC32 crc) {
        if (crc != null) {
            crc.update(bytes.limit(used + size).position(used));
        }
        used += size;
    }

    /// Hands everything to the file.
    void flush() throws IOException {
        file.write(bytes.limit(used).position(0), position);
        position += used;
        used = 0;
    }

    /// Writes over what is already in the file; call [#flush()] before.
    void overwrite(MemorySegment source, long at) throws IOException {
        for (long done = 0; done < source.byteSize(); done += buffer.byteSize()) {
            long size = Math.min(buffer.byteSize(), source.byteSize() - done);
            MemorySegment.copy(source, done, buffer, 0, size);
            file.write(bytes.limit((int) size).position(0), at + done);
        }
    }

    /// Frees the buffer. A second call does nothing.
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
