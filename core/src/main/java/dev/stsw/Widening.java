package dev.stsw;

import dev.stsw.format.DType;
import java.lang.foreign.MemorySegment;

/// Values as a dtype that holds each of them, by way of arrays of bounded size.
final class Widening {
    /// Elements; even, lest a run of F4 begins inside a byte.
    private static final long CHUNK = 1 << 14;

    private Widening() {}

    /// Writes the values of a vector.
    static void write(Tensor vector, DType wider, MemorySegment target) {
        long count = vector.shape().elementCount();
        for (long from = 0; from < count; from += CHUNK) {
            Tensor chunk = vector.slice(0, from, Math.min(count, from + CHUNK));
            MemorySegment values = values(chunk, wider);
            MemorySegment.copy(values, 0, target, wider.byteSize(from), values.byteSize());
        }
    }

    private static MemorySegment values(Tensor chunk, DType wider) {
        return switch (wider) {
            case F32 -> Layouts.littleEndian(MemorySegment.ofArray(chunk.toFloatArray()), Float.BYTES);
            case F64 -> Layouts.littleEndian(MemorySegment.ofArray(chunk.toDoubleArray()), Double.BYTES);
            case I64, U64 -> Layouts.littleEndian(MemorySegment.ofArray(chunk.toLongArray()), Long.BYTES);
            case I32 -> Layouts.littleEndian(MemorySegment.ofArray(chunk.toIntArray()), Integer.BYTES);
            case I16, U16 -> Layouts.littleEndian(MemorySegment.ofArray(shorts(chunk.toIntArray())), Short.BYTES);
            // From U8 and U16: no value is negative as an int.
            case U32 -> Layouts.littleEndian(MemorySegment.ofArray(chunk.toIntArray()), Integer.BYTES);
            default -> throw new AssertionError(wider);
        };
    }

    private static short[] shorts(int[] values) {
        short[] narrow = new short[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (short) values[i];
        }
        return narrow;
    }
}
