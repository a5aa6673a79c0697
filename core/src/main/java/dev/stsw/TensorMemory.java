package dev.stsw;

import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Where the tensors of one reader are in memory. Maps the data section, or reads tensors one by one where that is not
/// wanted, not worth it or not possible. For any number of threads.
///
/// Nothing is mapped or allocated before the first tensor is asked for: whoever looks at headers alone pays for no
/// mapping, nor for the end of a shared arena, for which all threads of the virtual machine are stopped.
final class TensorMemory {
    /// Mapping costs two pages and a few system calls, which reading so little does not.
    private static final long MIN_MAPPED_BYTES = 4096;

    private final OpenFile file;
    private final long dataStart;
    private final boolean mmap;
    private final boolean ownsArena;
    /// Null until the first tensor is asked for, unless it is the caller's.
    private @Nullable Arena arena;
    /// The data section, where it is mapped.
    private @Nullable MemorySegment data;

    private boolean mappingTried;
    private boolean closed;

    /// @param given the caller's arena; null for one of its own
    TensorMemory(OpenFile file, long dataStart, boolean mmap, @Nullable Arena given) {
        this.file = file;
        this.dataStart = dataStart;
        this.mmap = mmap;
        this.ownsArena = given == null;
        this.arena = given;
    }

    /// The tensor's bytes; another copy with each call, where they are copied.
    ///
    /// @throws IllegalStateException after [#close()], or after the arena was closed
    MemorySegment of(TensorMeta tensor) throws IOException {
        Arena owner = arena();
        MemorySegment mapped = mapped(owner);
        return mapped == null
                ? copy(dataStart + tensor.offsetBegin(), tensor.byteSize(), owner)
                : mapped.asSlice(tensor.offsetBegin(), tensor.byteSize());
    }

    private synchronized Arena arena() {
        if (closed) {
            throw new IllegalStateException(file.name() + ": the reader is closed");
        }
        if (arena == null) {
            arena = Arena.ofShared();
        }
        return arena;
    }

    private synchronized @Nullable MemorySegment mapped(Arena owner) {
        long size = file.size() - dataStart;
        if (!mappingTried && (file instanceof MemoryFile || (mmap && size >= MIN_MAPPED_BYTES))) {
            try {
                data = file.map(dataStart, size, owner);
            } catch (IOException | UnsupportedOperationException e) {
                System.getLogger(TensorMemory.class.getName())
                        .log(Level.DEBUG, file.name() + ": cannot be mapped, so tensors are read instead", e);
            }
            mappingTried = true;
        }
        return data;
    }

    private MemorySegment copy(long position, long size, Arena owner) throws IOException {
        MemorySegment copy = owner.allocate(size, Long.BYTES);
        for (long done = 0; done < size; ) {
            // A buffer holds less than 2 GiB.
            long step = Math.min(size - done, 1 << 30);
            ByteBuffer part = copy.asSlice(done, step).asByteBuffer();
            file.readFully(part, position + done);
            done += step;
        }
        return copy;
    }

    /// Ends everything that was handed out, unless the arena is the caller's.
    ///
    /// @throws IllegalStateException if another thread is just handing some of it to a channel or to native code; then
    ///     nothing ends
    synchronized void close() {
        if (ownsArena && arena != null) {
            arena.close();
        }
        closed = true;
    }
}
