package dev.stsw.publish;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Appends to a file through a few buffers outside the heap, and computes checksums over them: one is filled while a
/// thread writes the others.
///
/// Data is copied into a buffer first, always: a block may lie in a mapped file, and [CRC32] over mapped memory kills
/// the virtual machine when that file is cut.
public final class FileOutput implements Closeable {
    /// So many that neither side waits for the other's wake-up: with two, the disk idled a third of a conversion's
    /// time.
    private static final int BUFFERS = 4;

    private final AtomicFile file;
    private final @Nullable Amendments amendments;
    private final Arena arena = Arena.ofShared();
    private MemorySegment buffer;
    private ByteBuffer bytes;
    /// Of the buffer's first byte, from the start of the file.
    private long position;

    private int used;
    /// How much the buffer takes: the first one after an odd position only so much that those behind it are aligned.
    private int room;

    /// The thread that writes, from the first full buffer on, and what it was given, oldest first.
    private @Nullable WriteBehind behind;

    private final Queue<ByteBuffer> handedOver = new ArrayDeque<>();

    /// @param amendments are written after the data that was appended before them; null for none
    public FileOutput(AtomicFile file, int bufferSize, @Nullable Amendments amendments) {
        this.file = file;
        this.amendments = amendments;
        this.buffer = arena.allocate(bufferSize, DirectIo.GRANULE);
        this.bytes = buffer.asByteBuffer();
        this.room = bufferSize;
    }

    /// Goes on at a position; only before the first byte, or after [#flush()].
    public void startAt(long start) {
        position = start;
        used = 0;
        long granule = Math.min(DirectIo.GRANULE, buffer.byteSize());
        long odd = start % granule;
        room = (int) (odd == 0 ? buffer.byteSize() : granule - odd);
    }

    /// Appends elements of a layout in the host's byte order as that other layout, little-endian.
    ///
    /// @throws IOException if writing fails
    /// @throws InternalError if the source is mapped and its file was cut
    public void append(MemorySegment source, ValueLayout from, ValueLayout to, @Nullable CRC32 crc) throws IOException {
        if (from.order().equals(to.order())) {
            // As bytes they fill the buffers to the last one, so that all writes stay aligned.
            appendAs(source, ValueLayout.JAVA_BYTE, ValueLayout.JAVA_BYTE, crc);
        } else {
            appendAs(source, from, to, crc);
        }
    }

    private void appendAs(MemorySegment source, ValueLayout from, ValueLayout to, @Nullable CRC32 crc)
            throws IOException {
        long width = from.byteSize();
        long left = source.byteSize();
        long at = 0;
        while (left > 0) {
            if (room - used < width) {
                turn();
            }
            int free = room - used;
            long size = Math.min(left, free - free % width);
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
    private int appendFrom(ReadableByteChannel channel, long limit, @Nullable CRC32 crc) throws IOException {
        if (used == room) {
            turn();
        }
        bytes.limit((int) Math.min(room, used + limit)).position(used);
        int count = channel.read(bytes);
        if (count > 0) {
            taken(count, crc);
        }
        return count;
    }

    /// Appends all that a channel has, which must be so many bytes.
    ///
    /// @param what it is, for messages
    /// @param told hears of each step
    /// @throws EOFException if the channel has too few
    /// @throws IOException if it has too many, or writing fails
    public void appendWhole(
            ReadableByteChannel channel, long size, Supplier<String> what, @Nullable CRC32 crc, LongConsumer told)
            throws IOException {
        long count = appendAll(channel, size, crc, told);
        if (count < size) {
            throw new EOFException(
                    file.path() + ": " + what.get() + ": the source ended after " + count + " of " + size + " bytes");
        }
        if (goesOn(channel)) {
            throw new IOException(
                    file.path() + ": " + what.get() + ": the source goes on after its " + size + " bytes");
        }
    }

    private static boolean goesOn(ReadableByteChannel channel) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        int count;
        do {
            count = channel.read(one);
        } while (count == 0);
        return count > 0;
    }

    /// Appends so many bytes, or as many as the channel has, and says how many.
    public long appendAll(ReadableByteChannel channel, long size, @Nullable CRC32 crc, LongConsumer told)
            throws IOException {
        long done = 0;
        while (done < size) {
            int count = appendFrom(channel, size - done, crc);
            if (count < 0) {
                break;
            }
            done += count;
            told.accept(count);
        }
        return done;
    }

    private void taken(int size, @Nullable CRC32 crc) {
        if (crc != null) {
            crc.update(bytes.limit(used + size).position(used));
        }
        used += size;
    }

    /// Hands the buffer to the thread that writes it, and goes on in another one.
    private void turn() throws IOException {
        if (behind == null) {
            behind = new WriteBehind(file);
        }
        behind.write(bytes.limit(used).position(0), position, change());
        handedOver.add(bytes);
        position += used;
        used = 0;
        buffer = nextBuffer(behind);
        bytes = buffer.asByteBuffer();
        room = bytes.capacity();
    }

    /// A new buffer, or the one that was handed over first, once it is written.
    private MemorySegment nextBuffer(WriteBehind writer) throws IOException {
        if (handedOver.size() < BUFFERS) {
            return arena.allocate(buffer.byteSize(), DirectIo.GRANULE);
        }
        writer.await(BUFFERS - 1);
        return MemorySegment.ofBuffer(handedOver.remove().clear());
    }

    /// Hands everything to the file, and waits for it.
    public void flush() throws IOException {
        if (behind != null) {
            behind.await(0);
        }
        file.write(bytes.limit(used).position(0), position);
        startAt(position + used);
        Amendments.Change change = change();
        if (change != null) {
            file.write(change.bytes(), change.position());
        }
    }

    private Amendments.@Nullable Change change() {
        return amendments == null ? null : amendments.take();
    }

    /// Writes over what is already in the file; call [#flush()] before, unless nothing was appended.
    public void overwrite(MemorySegment source, long at) throws IOException {
        for (long done = 0; done < source.byteSize(); done += buffer.byteSize()) {
            long size = Math.min(buffer.byteSize(), source.byteSize() - done);
            MemorySegment.copy(source, done, buffer, 0, size);
            file.write(bytes.limit((int) size).position(0), at + done);
        }
    }

    /// Waits for the writes that are under way, and frees the buffers. A second call does nothing.
    @Override
    public void close() {
        if (behind != null) {
            behind.close();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
