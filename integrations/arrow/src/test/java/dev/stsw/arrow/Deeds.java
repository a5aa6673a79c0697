package dev.stsw.arrow;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.util.TransferPair;

/// What a virtual machine may not survive. A main class: DEED FILE.
final class Deeds {
    private Deeds() {}

    public static void main(String[] args) throws IOException {
        // Not closed: what is still open then is told as a leak.
        RootAllocator allocator = new RootAllocator();
        try {
            System.out.println("done: " + doIt(args[0], Path.of(args[1]), allocator));
        } catch (RuntimeException | InternalError e) {
            System.out.println("refused: " + e.getClass().getSimpleName());
        }
    }

    private static Object doIt(String deed, Path file, RootAllocator allocator) throws IOException {
        return switch (deed) {
            case "use-after-close-by-hand", "use-after-close", "use-after-close-zero-copy" -> {
                Float4Vector vector;
                try (Arena arena = Arena.ofShared()) {
                    Tensor tensor = tensor(file, arena);
                    vector = switch (deed) {
                        case "use-after-close-by-hand" -> byHand(tensor, allocator);
                        case "use-after-close" -> (Float4Vector) ArrowTensors.toVector(tensor, "w", allocator);
                        default -> shared(tensor, allocator, arena);
                    };
                }
                yield vector.get(0);
            }
            case "slice-after-close-zero-copy" -> {
                Float4Vector slice;
                try (Arena arena = Arena.ofShared()) {
                    TransferPair pair =
                            shared(tensor(file, arena), allocator, arena).getTransferPair(allocator);
                    pair.splitAndTransfer(0, 10);
                    slice = (Float4Vector) pair.getTo();
                }
                yield slice.get(0);
            }
            case "write" -> {
                try (Arena arena = Arena.ofShared()) {
                    Float4Vector vector = (Float4Vector) ArrowTensors.toVector(tensor(file, arena), "w", allocator);
                    vector.set(0, 42);
                    yield vector.get(0);
                }
            }
            case "write-zero-copy" -> {
                try (Arena arena = Arena.ofShared()) {
                    Float4Vector vector = shared(tensor(file, arena), allocator, arena);
                    vector.set(0, 42);
                    yield vector.get(0);
                }
            }
            case "cut" -> {
                try (Arena arena = Arena.ofShared()) {
                    Float4Vector vector = (Float4Vector) ArrowTensors.toVector(tensor(file, arena), "w", allocator);
                    cut(file);
                    yield vector.get(0);
                }
            }
            case "cut-before" -> {
                try (Arena arena = Arena.ofShared()) {
                    Tensor tensor = tensor(file, arena);
                    cut(file);
                    yield ((Float4Vector) ArrowTensors.toVector(tensor, "w", allocator)).get(0);
                }
            }
            case "cut-zero-copy" -> {
                try (Arena arena = Arena.ofShared()) {
                    Float4Vector vector = shared(tensor(file, arena), allocator, arena);
                    cut(file);
                    yield vector.get(vector.getValueCount() - 1);
                }
            }
            case "cut-zero-copy-copied" -> {
                try (Arena arena = Arena.ofShared()) {
                    Float4Vector vector = shared(tensor(file, arena), allocator, arena);
                    cut(file);
                    yield ArrowTensors.fromVector(vector).getFloat(vector.getValueCount() - 1);
                }
            }
            case "allocator-first" -> {
                List<String> told = new ArrayList<>();
                try (Arena arena = Arena.ofShared()) {
                    Float4Vector vector = shared(tensor(file, arena), allocator, arena);
                    try {
                        allocator.close();
                    } catch (IllegalStateException e) {
                        told.add(String.valueOf(e.getMessage())
                                .lines()
                                .findFirst()
                                .orElse(""));
                    }
                    told.add(String.valueOf(vector.get(0)));
                }
                yield told;
            }
            default -> throw new AssertionError(deed);
        };
    }

    private static Tensor tensor(Path file, Arena arena) throws IOException {
        return StreamReader.open(file, ReadOptions.defaults(), arena).tensor("w");
    }

    private static Float4Vector shared(Tensor tensor, BufferAllocator allocator, Arena arena) {
        return (Float4Vector) ArrowTensors.zeroCopy(tensor, "w", allocator, arena);
    }

    private static void cut(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 8);
        }
    }

    /// What one would write without [ArrowTensors].
    private static Float4Vector byHand(Tensor tensor, BufferAllocator allocator) {
        MemorySegment memory = tensor.data();
        Float4Vector vector = new Float4Vector("w", allocator);
        ForeignAllocation allocation = new ForeignAllocation(memory.byteSize(), memory.address()) {
            @Override
            protected void release0() {}
        };
        try (ArrowBuf values = allocator.wrapForeignAllocation(allocation)) {
            vector.loadFieldBuffers(
                    new ArrowFieldNode(tensor.shape().elementCount(), 0), List.of(allocator.getEmpty(), values));
        }
        return vector;
    }
}
