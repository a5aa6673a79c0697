package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// How values lie in a file: little-endian whatever the host, and unaligned, because a tensor may start at any byte.
final class Layouts {
    static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Layouts() {}

    /// Values of the host's byte order as little-endian ones; the same memory where that is the same.
    static MemorySegment littleEndian(MemorySegment values, int width) {
        if (ByteOrder.nativeOrder() == LITTLE_ENDIAN) {
            return values;
        }
        MemorySegment swapped = MemorySegment.ofArray(new byte[Math.toIntExact(values.byteSize())]);
        long count = values.byteSize() / width;
        switch (width) {
            case 2 -> MemorySegment.copy(values, JAVA_SHORT_UNALIGNED, 0, swapped, SHORT, 0, count);
            case 4 -> MemorySegment.copy(values, JAVA_INT_UNALIGNED, 0, swapped, INT, 0, count);
            case 8 -> MemorySegment.copy(values, JAVA_LONG_UNALIGNED, 0, swapped, LONG, 0, count);
            default -> MemorySegment.copy(values, 0, swapped, 0, count);
        }
        return swapped;
    }
}
