package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// Arrays as tensors.
final class ArrayTensors {
    private ArrayTensors() {}

    static DType dtype(NDArray array) {
        return ArrayTypes.dtype(array.getDataType())
                .orElseThrow(() -> new UnsupportedOperationException(describe(array) + ": no dtype of safetensors"));
    }

    static String describe(NDArray array) {
        String name = array.getName() == null ? "" : "'" + array.getName() + "', ";
        return "array " + name + array.getDataType().name() + " " + array.getShape();
    }

    static Tensor copy(NDArray array) {
        DType dtype = dtype(array);
        Shape shape = Shape.of(array.getShape().getShape());
        MemorySegment memory = Arena.ofAuto().allocate(dtype.byteSize(shape.elementCount()), Long.BYTES);
        try (ArrayParts parts = new ArrayParts(array, dtype, ArrayParts.MAX_BYTES)) {
            long at = 0;
            for (ByteBuffer part = parts.next(); part != null; part = parts.next()) {
                MemorySegment bytes = MemorySegment.ofBuffer(part);
                MemorySegment.copy(bytes, 0, memory, at, bytes.byteSize());
                at += bytes.byteSize();
            }
        }
        return Tensor.of(dtype, shape, memory);
    }
}
