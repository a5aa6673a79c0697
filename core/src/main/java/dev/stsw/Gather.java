package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Copies the elements of a strided tensor in C order to memory without gaps, as many at a time as there is room for.
final class Gather {
    /// Elements that are gathered at a time.
    static final int CHUNK = 2048;

    private final MemorySegment memory;
    private final int bits;
    private final Runs runs;
    /// Next element of the current run, and how many it still has.
    private long from;
    private long left;

    /// @param bits of an element
    /// @param runs of a tensor that is not empty
    Gather(MemorySegment memory, int bits, Runs runs) {
        this.memory = memory;
        this.bits = bits;
        this.runs = runs;
    }

    /// Copies the next elements to the start of a segment, up to `room` of them; how many, 0 at the end.
    long read(MemorySegment to, long room) {
        long done = 0;
        while (done < room && advance()) {
            long n = Math.min(left, room - done);
            copy(to, done, n);
            from += n * runs.step();
            left -= n;
            done += n;
        }
        return done;
    }

    private boolean advance() {
        if (left == 0 && runs.next()) {
            from = runs.from();
            left = runs.length();
        }
        return left > 0;
    }

    /// The steps differ, so that the compiler does not vectorise these loops: over a mapped file that is cut, that
    /// would take the virtual machine down.
    private void copy(MemorySegment to, long at, long count) {
        long step = runs.step();
        if (step == 1) {
            BitCopy.copy(memory, from * bits, to, at * bits, count * bits);
            return;
        }
        switch (bits) {
            case 8 -> {
                for (long i = 0; i < count; i++) {
                    to.set(JAVA_BYTE, at + i, memory.get(JAVA_BYTE, from + i * step));
                }
            }
            case 16 -> {
                for (long i = 0; i < count; i++) {
                    to.set(JAVA_SHORT_UNALIGNED, 2 * (at + i), memory.get(JAVA_SHORT_UNALIGNED, 2 * (from + i * step)));
                }
            }
            case 32 -> {
                for (long i = 0; i < count; i++) {
                    to.set(JAVA_INT_UNALIGNED, 4 * (at + i), memory.get(JAVA_INT_UNALIGNED, 4 * (from + i * step)));
                }
            }
            case 64 -> {
                for (long i = 0; i < count; i++) {
                    to.set(JAVA_LONG_UNALIGNED, 8 * (at + i), memory.get(JAVA_LONG_UNALIGNED, 8 * (from + i * step)));
                }
            }
            default -> {
                for (long i = 0; i < count; i++) {
                    BitCopy.copy(memory, (from + i * step) * bits, to, (at + i) * bits, bits);
                }
            }
        }
    }
}
