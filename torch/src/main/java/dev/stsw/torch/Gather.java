package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The elements of a view in C order, block by block.
 *
 * <p>A block is a run of the output that fits into memory. It is filled in the order in which its elements lie in the
 * file: a transposed matrix is read a stretch of each row at a time, never element by element.
 */
final class Gather extends ByteStream {
    /**
     * One dimension of a view or block.
     *
     * @param size number of elements
     * @param stride from one to the next in the file, in elements
     * @param step from one to the next in the block, in elements
     */
    record Axis(long size, long stride, int step) {}

    /**
     * So many more reads than pages for a block. Elements that do not overlap lie further apart than what is worth
     * reading through, or are read together: a block of them takes fewer reads than its storage has pages, and few
     * bytes more than that has.
     */
    private static final int MORE_READS = 20_000;

    private static final int MORE_BYTES = 16 << 20;

    private final FileWindow window;
    private final long extent;
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
    private final Workspace workspace;
    private final Consumer<Workspace> release;

    /** @param release takes the workspace back when this is closed */
    Gather(View view, FileRange storage, Workspace workspace, Consumer<Workspace> release) {
        super(view.byteSize());
        this.workspace = workspace;
        this.release = release;
        this.extent = view.end() - view.start();
        this.window = new FileWindow(storage.slice(view.start(), extent), workspace.window());
        this.width = view.type().bytes();
        this.fix = view.fix();
        this.axes = merged(view);
        int capacity = (int) Math.min(Workspace.BLOCK_BYTES, view.byteSize());
        int axis = axes.size() - 1;
        long inner = 1;
        while (axis > 0 && axes.get(axis).size() * inner <= capacity / width) {
            inner *= axes.get(axis).size();
            axis--;
        }
        this.split = axis;
        this.rows = Math.max(1, Math.min(axes.get(axis).size(), capacity / width / inner));
        this.next = new long[axis + 1];
        this.block = ByteBuffer.wrap(workspace.block(Math.toIntExact(rows * inner * width)))
                .limit(0);
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
        move(block, target);
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

    @Override
    public void close() {
        if (isOpen()) {
            super.close();
            release.accept(workspace);
        }
    }

    private void nextBlock() throws IOException {
        long element = 0;
        for (int i = 0; i <= split; i++) {
            element += next[i] * axes.get(i).stride();
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
        window.allow(
                MORE_READS + 2 * (extent / FileWindow.WORTH_READING_THROUGH),
                MORE_BYTES + 4 * Math.min(extent, Long.MAX_VALUE / 8));
        new BlockFiller(window, block.array(), width, inBlock).fill(element);
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
}
