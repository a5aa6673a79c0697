package dev.stsw.torch;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The elements of a view in C order, block by block.
 *
 * <p>A block is a run of the output that fits into memory. It is filled in the order in which its elements lie in the
 * file: a transposed matrix is read a stretch of each row at a time, never element by element.
 */
final class Gather extends ByteStream {
    /** Large blocks mean long stretches when transposing; still small beside a JVM. */
    private static final int BLOCK_BYTES = 8 << 20;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /**
     * One dimension of a view or block.
     *
     * @param size number of elements
     * @param stride from one to the next in the file, in elements
     * @param step from one to the next in the block, in elements
     */
    private record Axis(long size, long stride, int step) {}

    private final FileWindow window;
    private final long start;
    private final int width;
    private final ElementFix fix;
    private final List<Axis> axes;
    /** The first axis of which a block holds only a part; those before it are counted through. */
    private final int split;
    /** How many of the split axis' elements a block holds. */
    private final long rows;
    /** Where the next block begins, for each axis up to the split one. */
    private final long[] next;

    private final ByteBuffer block;

    Gather(View view, FileRange storage) {
        super(view.byteSize());
        this.window = new FileWindow(storage);
        this.start = view.start();
        this.width = view.type().bytes();
        this.fix = view.fix();
        this.axes = merged(view);
        int capacity = (int) Math.min(BLOCK_BYTES, view.byteSize());
        int axis = axes.size() - 1;
        long inner = 1;
        while (axis > 0 && axes.get(axis).size() * inner <= capacity / width) {
            inner *= axes.get(axis).size();
            axis--;
        }
        this.split = axis;
        this.rows = Math.max(1, Math.min(axes.get(axis).size(), capacity / width / inner));
        this.next = new long[axis + 1];
        this.block = ByteBuffer.allocate(Math.toIntExact(rows * inner * width)).limit(0);
    }

    /** The axes without those of one element, and with those joined that step as one. At least one. */
    private static List<Axis> merged(View view) {
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < view.rank(); i++) {
            Axis axis = new Axis(view.size(i), view.stride(i), 0);
            Axis last = axes.isEmpty() ? null : axes.get(axes.size() - 1);
            if (axis.size == 1) {
                continue;
            }
            if (last != null && last.stride == axis.stride * axis.size) {
                axes.set(axes.size() - 1, new Axis(last.size * axis.size, axis.stride, 0));
            } else {
                axes.add(axis);
            }
        }
        if (axes.isEmpty()) {
            axes.add(new Axis(1, 1, 0));
        }
        return axes;
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        if (!block.hasRemaining()) {
            nextBlock();
        }
        int count = Math.min(block.remaining(), target.remaining());
        target.put(block.slice(block.position(), count));
        block.position(block.position() + count);
    }

    @Override
    void pass(long count) throws IOException {
        for (long left = count; left > 0; ) {
            if (!block.hasRemaining()) {
                nextBlock();
            }
            int step = (int) Math.min(left, block.remaining());
            block.position(block.position() + step);
            left -= step;
        }
    }

    private void nextBlock() throws IOException {
        long element = 0;
        for (int i = 0; i <= split; i++) {
            element += next[i] * axes.get(i).stride;
        }
        long count = Math.min(rows, axes.get(split).size - next[split]);
        List<Axis> inBlock = new ArrayList<>();
        int step = 1;
        for (int i = axes.size() - 1; i >= split; i--) {
            Axis axis = axes.get(i);
            long size = i == split ? count : axis.size;
            inBlock.add(new Axis(size, axis.stride, step));
            step = Math.toIntExact(step * size);
        }
        new Filling(inBlock).run(element);
        fix.apply(block.array(), step * width);
        block.position(0).limit(step * width);
        advance(count);
    }

    private void advance(long count) {
        next[split] += count;
        for (int i = split; i > 0 && next[i] == axes.get(i).size; i--) {
            next[i] = 0;
            next[i - 1]++;
        }
    }

    /** Fills one block in file order. */
    private final class Filling {
        /** From the longest stride to the shortest; the last one is walked in runs. */
        private final List<Axis> walked = new ArrayList<>();
        /** Axes of stride 0: the same element again and again. Copied in memory, so that each byte is read once. */
        private final List<Axis> repeated = new ArrayList<>();
        /** From this axis on, all lies so close together that one read takes it in; beyond it, reads skip. */
        private int dense;
        /** Elements from the first to the last of the dense axes. */
        private long span = 1;

        private long windowEnd;

        Filling(List<Axis> axes) {
            for (Axis axis : axes) {
                if (axis.size > 1) {
                    (axis.stride == 0 ? repeated : walked).add(axis);
                }
            }
            walked.sort(Comparator.comparingLong(Axis::stride).reversed());
            if (walked.isEmpty()) {
                walked.add(new Axis(1, 1, 1));
            }
            dense = walked.size();
            while (dense > 0 && (walked.get(dense - 1).stride - span) * width <= FileWindow.WORTH_READING_THROUGH) {
                dense--;
                span += (walked.get(dense).size - 1) * walked.get(dense).stride;
            }
        }

        void run(long element) throws IOException {
            walk(0, element, 0);
        }

        private void walk(int level, long element, int at) throws IOException {
            if (level == dense) {
                windowEnd = element + span;
            }
            Axis axis = walked.get(level);
            if (level == walked.size() - 1) {
                copyRun(axis, element, at);
                return;
            }
            for (long i = 0; i < axis.size; i++) {
                walk(level + 1, element + i * axis.stride, Math.toIntExact(at + i * axis.step));
            }
        }

        private void copyRun(Axis axis, long element, int at) throws IOException {
            for (long done = 0; done < axis.size; ) {
                long from = element + done * axis.stride;
                long end = dense == walked.size() ? from + 1 : windowEnd;
                int offset = window.show(start + from * width, width, start + end * width);
                int shown = window.length() - offset;
                long fit = 1 + (shown / width - 1) / axis.stride;
                int count = (int) Math.min(axis.size - done, fit);
                repeat(0, count, offset, axis, Math.toIntExact(at + done * axis.step));
                done += count;
            }
        }

        private void repeat(int level, int count, int offset, Axis axis, int at) {
            if (level == repeated.size()) {
                copy(count, offset, axis.stride, at, axis.step);
                return;
            }
            Axis outer = repeated.get(level);
            for (int i = 0; i < outer.size; i++) {
                repeat(level + 1, count, offset, axis, at + i * outer.step);
            }
        }
    }

    /** Copies {@code count} elements from byte {@code offset} of the window to element {@code at} of the block. */
    private void copy(int count, int offset, long stride, int at, int step) {
        byte[] from = window.bytes();
        byte[] to = block.array();
        if (count == 1 || (stride == 1 && step == 1)) {
            System.arraycopy(from, offset, to, at * width, count * width);
            return;
        }
        // Strides of several elements in one window are smaller than it.
        int hop = Math.toIntExact(stride * width);
        int jump = step * width;
        int source = offset;
        int target = at * width;
        switch (width) {
            case 1 -> {
                for (int i = 0; i < count; i++, source += hop, target += jump) {
                    to[target] = from[source];
                }
            }
            case 2 -> {
                for (int i = 0; i < count; i++, source += hop, target += jump) {
                    SHORT.set(to, target, (short) SHORT.get(from, source));
                }
            }
            case 4 -> {
                for (int i = 0; i < count; i++, source += hop, target += jump) {
                    INT.set(to, target, (int) INT.get(from, source));
                }
            }
            default -> {
                for (int i = 0; i < count; i++, source += hop, target += jump) {
                    LONG.set(to, target, (long) LONG.get(from, source));
                }
            }
        }
    }
}
