package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.stsw.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;

/// Tensors over memory that belongs to an arena.
final class SharedMemory {
    private SharedMemory() {}

    static OnnxTensor tensor(Tensor tensor, OrtEnvironment environment, Arena arena) throws OrtException {
        OnnxJavaType type = OnnxTypes.exact(tensor.dtype(), tensor.shape());
        MemorySegment memory = tensor.data();
        if (!memory.isNative()) {
            throw new IllegalArgumentException(tensor + " lies in the heap: copy with toOnnxTensor");
        }
        if (!memory.scope().equals(arena.scope())) {
            throw new IllegalArgumentException(tensor
                    + " does not belong to this arena: open its reader with the arena, or copy with toOnnxTensor");
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(tensor + ": the arena is closed");
        }
        Copies.requireFits(tensor.toString(), memory.byteSize());
        OnnxTensor shared = Copies.tensor(memory.asByteBuffer(), tensor.shape(), type, environment);
        closeWith(arena, shared);
        return shared;
    }

    /// An automatic arena waits until its memory is unreachable, so it must not be what reaches the tensor.
    @SuppressWarnings("restricted") // gives no access to anything: the segment has no bytes
    private static void closeWith(Arena arena, OnnxTensor shared) {
        WeakReference<OnnxTensor> reference = new WeakReference<>(shared);
        MemorySegment.NULL.reinterpret(arena, nothing -> {
            OnnxTensor open = reference.get();
            if (open != null && !open.isClosed()) {
                open.close();
            }
        });
    }
}
