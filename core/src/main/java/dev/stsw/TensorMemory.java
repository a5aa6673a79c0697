package dev.stsw;

import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel.MapMode;

/// Where tensors' bytes are in memory. Owns nothing: what it hands out lives as long as the arena.
@FunctionalInterface
interface TensorMemory {
    /// Mapping costs two pages and a few system calls, which reading so little does not.
    long MIN_MAPPED_BYTES = 4096;

    /// The tensor's bytes; another copy with each call, where they are copied.
    MemorySegment of(TensorMeta tensor) throws IOException;

    /// Maps the data section, or reads tensors one by one where that is not wanted, not worth it or not possible.
    static TensorMemory open(OpenFile file, long dataStart, boolean mmap, Arena arena) {
        long size = file.size() - dataStart;
        if (mmap && size >= MIN_MAPPED_BYTES) {
            try {
                MemorySegment data = file.channel().map(MapMode.READ_ONLY, dataStart, size, arena);
                return tensor -> data.asSlice(tensor.offsetBegin(), tensor.byteSize());
            } catch (IOException | UnsupportedOperationException e) {
                System.getLogger(TensorMemory.class.getName())
                        .log(Level.DEBUG, file.path() + ": cannot be mapped, so tensors are read instead", e);
            }
        }
        return tensor -> copy(file, dataStart + tensor.offsetBegin(), tensor.byteSize(), arena);
    }

    private static MemorySegment copy(OpenFile file, long position, long size, Arena arena) throws IOException {
        MemorySegment copy = arena.allocate(size, Long.BYTES);
        for (long done = 0; done < size; ) {
            // A buffer holds less than 2 GiB.
            long step = Math.min(size - done, 1 << 30);
            ByteBuffer part = copy.asSlice(done, step).asByteBuffer();
            file.readFully(part, position + done);
            done += step;
        }
        return copy;
    }
}
