package dev.stsw.arrow;

import dev.stsw.Tensor;
import dev.stsw.format.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.vector.FieldVector;

/// Vectors over memory that is not Arrow's.
final class SharedMemory {
    private SharedMemory() {}

    static FieldVector vector(Tensor tensor, Columns column, BufferAllocator allocator, Arena arena) {
        MemorySegment memory = require(tensor, arena);
        try (ArrowBuf values = memory.byteSize() == 0 ? allocator.getEmpty() : wrap(memory, allocator)) {
            FieldVector vector = column.over(values, allocator);
            try {
                closeWith(arena, vector);
                return vector;
            } catch (RuntimeException | Error e) {
                vector.close();
                throw e;
            }
        }
    }

    private static MemorySegment require(Tensor tensor, Arena arena) {
        if (tensor.dtype() == DType.BOOL) {
            throw new UnsupportedOperationException(tensor + ": Arrow's booleans are bits; copy with toVector");
        }
        MemorySegment memory = tensor.data();
        if (!memory.isNative()) {
            throw new IllegalArgumentException(tensor + " lies in the heap: copy with toVector");
        }
        if (!memory.scope().equals(arena.scope())) {
            throw new IllegalArgumentException(
                    tensor + " does not belong to this arena: open its reader with the arena, or copy with toVector");
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(tensor + ": the arena is closed");
        }
        return memory;
    }

    private static ArrowBuf wrap(MemorySegment memory, BufferAllocator allocator) {
        ArrowBuf values = allocator.wrapForeignAllocation(new Foreign(memory));
        return values.writerIndex(memory.byteSize());
    }

    /// Holds the memory, so that one of an automatic arena stays as long as a buffer looks at it.
    private static final class Foreign extends ForeignAllocation {
        @SuppressWarnings("unused") // Being reachable is its use.
        private final MemorySegment memory;

        Foreign(MemorySegment memory) {
            super(memory.byteSize(), memory.address());
            this.memory = memory;
        }

        @Override
        protected void release0() {}
    }

    /// An automatic arena waits until its memory is unreachable, so it must not be what reaches the vector.
    @SuppressWarnings("restricted") // Gives no access to anything: the segment has no bytes.
    private static void closeWith(Arena arena, FieldVector vector) {
        WeakReference<FieldVector> reference = new WeakReference<>(vector);
        MemorySegment.NULL.reinterpret(arena, nothing -> {
            FieldVector open = reference.get();
            if (open != null) {
                open.close();
            }
        });
    }
}
