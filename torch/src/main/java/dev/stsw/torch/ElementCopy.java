package dev.stsw.torch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Copies grids of elements from one array to another. All numbers are bytes. */
final class ElementCopy {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final byte[] from;
    private final byte[] to;
    private final int width;

    /** Elements are of {@code width} bytes: 1, 2, 4 or 8. */
    ElementCopy(byte[] from, byte[] to, int width) {
        this.from = from;
        this.to = to;
        this.width = width;
    }

    /**
     * A direction of the grid.
     *
     * @param count of elements
     * @param hop from one to the next in the source
     * @param jump from one to the next in the target
     */
    record Line(int count, int hop, int jump) {}

    /** Copies the grid whose first element is at {@code source} and goes to {@code target}. */
    void grid(int source, int target, Line a, Line b) {
        // Writing along the shorter jumps touches each cache line once; transposing the other way round, every time.
        boolean along = a.count == 1 || (b.count > 1 && b.jump <= a.jump);
        Line outer = along ? a : b;
        Line inner = along ? b : a;
        for (int i = 0; i < outer.count; i++) {
            line(source + i * outer.hop, target + i * outer.jump, inner);
        }
    }

    private void line(int source, int target, Line line) {
        if (line.hop == width && line.jump == width) {
            System.arraycopy(from, source, to, target, line.count * width);
            return;
        }
        int hop = line.hop;
        int jump = line.jump;
        int end = source + line.count * hop;
        int at = target;
        switch (width) {
            case 1 -> {
                for (int i = source; i < end; i += hop, at += jump) {
                    to[at] = from[i];
                }
            }
            case 2 -> {
                for (int i = source; i < end; i += hop, at += jump) {
                    SHORT.set(to, at, (short) SHORT.get(from, i));
                }
            }
            case 4 -> {
                for (int i = source; i < end; i += hop, at += jump) {
                    INT.set(to, at, (int) INT.get(from, i));
                }
            }
            default -> {
                for (int i = source; i < end; i += hop, at += jump) {
                    LONG.set(to, at, (long) LONG.get(from, i));
                }
            }
        }
    }
}
