package dev.stsw;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A file that lies in memory. Its memory is the caller's.
final class MemoryFile extends OpenFile {
    private static final String NAME = "memory";

    private final MemorySegment memory;
    private volatile boolean closed;

    MemoryFile(MemorySegment memory) {
        this.memory = memory;
    }

    @Override
    String name() {
        return NAME;
    }

    @Override
    long size() {
        return memory.byteSize();
    }

    /// Valid as long as the memory itself, whatever the arena.
    @Override
    MemorySegment map(long position, long size, Arena arena) {
        return memory.asSlice(position, size);
    }

    @Override
    int read(ByteBuffer target, long position) {
        if (closed) {
            throw new IllegalStateException(NAME + ": the file was closed");
        }
        int count = (int) Math.min(target.remaining(), size() - position);
        MemorySegment.ofBuffer(target).copyFrom(memory.asSlice(position, count));
        target.position(target.position() + count);
        return count;
    }

    /// Unless the memory is its owner's alone, as in confined arenas.
    @Override
    boolean concurrent() {
        return memory.isAccessibleBy(Thread.ofPlatform().unstarted(() -> {}));
    }

    @Override
    void requireUnchangedSize() {
        // Memory has one size.
    }

    @Override
    public void close() {
        closed = true;
    }
}
