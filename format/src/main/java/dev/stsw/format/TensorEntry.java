package dev.stsw.format;

import java.util.Arrays;
import java.util.OptionalLong;

/** What one entry of a header says of its tensor; filled anew by each entry that is read. */
final class TensorEntry {
    DType dtype = DType.F32;
    long[] dimensions = new long[8];
    int rank;
    long begin;
    long end;
    /** The Python original's, which no other header has. */
    OptionalLong crc32 = OptionalLong.empty();

    void addDimension(long dimension) {
        if (rank == dimensions.length) {
            dimensions = Arrays.copyOf(dimensions, rank * 2);
        }
        dimensions[rank++] = dimension;
    }

    /** Whether the tensor is as long as its dtype and shape say. */
    boolean fits() {
        try {
            long elements = 1;
            for (int i = 0; i < rank; i++) {
                elements = Unsigned.multiplyExact(elements, dimensions[i]);
            }
            return dtype.byteSize(elements) == end - begin;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    TensorMeta toMeta(String name, OptionalLong crc) {
        return new TensorMeta(name, dtype, Shape.of(Arrays.copyOf(dimensions, rank)), begin, end, crc);
    }
}
