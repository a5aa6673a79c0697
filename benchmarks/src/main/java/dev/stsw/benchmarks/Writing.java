package dev.stsw.benchmarks;

import dev.stsw.StreamReader;
import dev.stsw.StreamWriter;
import dev.stsw.WriteOptions;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Writes a file with the tensors of another one, from memory, durably.
final class Writing {
    /// What a producer that makes its tensors bit by bit hands over at once.
    private static final int BLOCK_BYTES = 1 << 20;

    private Writing() {}

    /// @param inMemory whether all tensors are in memory before, as the peers need it; otherwise one block of random
    ///     bytes is handed over again and again, which shows the memory that the writer itself takes
    static double seconds(Path model, Path out, WriteOptions options, boolean inMemory) throws IOException {
        try (Arena arena = Arena.ofConfined();
                StreamReader reader = StreamReader.open(model)) {
            List<TensorSpec> specs = new ArrayList<>();
            List<MemorySegment> data = new ArrayList<>();
            MemorySegment block = inMemory ? MemorySegment.NULL : random(arena);
            for (TensorMeta tensor : reader) {
                specs.add(tensor.toSpec());
                data.add(inMemory ? copy(arena, reader.getSlice(tensor.name())) : block);
            }
            return write(out, specs, data, options);
        }
    }

    private static double write(Path out, List<TensorSpec> specs, List<MemorySegment> data, WriteOptions options)
            throws IOException {
        long start = System.nanoTime();
        try (StreamWriter writer = StreamWriter.open(out, specs, options)) {
            for (int i = 0; i < specs.size(); i++) {
                TensorSpec spec = specs.get(i);
                for (long left = spec.byteSize(); left > 0; ) {
                    MemorySegment block =
                            data.get(i).asSlice(0, Math.min(left, data.get(i).byteSize()));
                    writer.writeBlock(spec.name(), block);
                    left -= block.byteSize();
                }
                writer.finalizeTensor(spec.name());
            }
        }
        return SideBySide.since(start);
    }

    private static MemorySegment copy(Arena arena, MemorySegment tensor) {
        return arena.allocate(Math.max(1, tensor.byteSize()), Long.BYTES).copyFrom(tensor);
    }

    private static MemorySegment random(Arena arena) {
        byte[] bytes = new byte[1 << 16];
        new Random(1).nextBytes(bytes);
        MemorySegment block = arena.allocate(BLOCK_BYTES, Long.BYTES);
        for (long at = 0; at < BLOCK_BYTES; at += bytes.length) {
            block.asSlice(at, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
        }
        return block;
    }
}
