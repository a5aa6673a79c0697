package dev.stsw;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Copies elements that may begin inside a byte, as those of F4 and F6 do in a view; bits count from each byte's
/// lowest.
final class BitCopy {
    private BitCopy() {}

    /// Copies `bits` bits; those around them stay.
    static void copy(MemorySegment from, long fromBit, MemorySegment to, long toBit, long bits) {
        if (((fromBit | toBit | bits) & 7) == 0) {
            MemorySegment.copy(from, fromBit >>> 3, to, toBit >>> 3, bits >>> 3);
            return;
        }
        for (long i = 0; i < bits; i++) {
            int bit = from.get(ValueLayout.JAVA_BYTE, (fromBit + i) >>> 3) >> ((fromBit + i) & 7) & 1;
            long at = (toBit + i) >>> 3;
            int old = to.get(ValueLayout.JAVA_BYTE, at);
            int place = (int) ((toBit + i) & 7);
            to.set(ValueLayout.JAVA_BYTE, at, (byte) ((old & ~(1 << place)) | bit << place));
        }
    }
}
