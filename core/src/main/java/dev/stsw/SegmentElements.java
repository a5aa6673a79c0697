package dev.stsw;

import dev.stsw.stream.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Elements in memory of any size, such as a mapped file.
final class SegmentElements extends Elements {
    private final MemorySegment memory;

    SegmentElements(MemorySegment memory) {
        this.memory = memory;
    }

    @Override
    protected void copy(long from, byte[] out, int at, int count) {
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, from, out, at, count);
    }

    @Override
    protected void copy(long from, short[] out, int at, int count) {
        MemorySegment.copy(memory, Layouts.SHORT, from * Short.BYTES, out, at, count);
    }

    @Override
    protected void copy(long from, int[] out, int at, int count) {
        MemorySegment.copy(memory, Layouts.INT, from * Integer.BYTES, out, at, count);
    }

    @Override
    protected void copy(long from, long[] out, int at, int count) {
        MemorySegment.copy(memory, Layouts.LONG, from * Long.BYTES, out, at, count);
    }

    @Override
    protected void copy(long from, float[] out, int at, int count) {
        MemorySegment.copy(memory, Layouts.FLOAT, from * Float.BYTES, out, at, count);
    }

    @Override
    protected void copy(long from, double[] out, int at, int count) {
        MemorySegment.copy(memory, Layouts.DOUBLE, from * Double.BYTES, out, at, count);
    }
}
