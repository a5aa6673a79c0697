package dev.stsw.torch;

import dev.stsw.torch.ElementCopy.Line;
import dev.stsw.torch.Gather.Axis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Fills one block of a gathered tensor in the order of the file.
 *
 * <p>The axes are walked from the longest stride to the shortest. The last two make grids: as many stretches of the last
 * axis as fit into the window are read, and then copied together, so that both reading and writing run along memory.
 */
final class BlockFiller {
    /** Stretches in a grid: enough to fill cache lines when transposing, few enough to stay in the cache. */
    private static final int MOST_STRETCHES = 64;

    private final FileWindow window;
    private final int width;
    private final ElementCopy copy;

    /** From the longest stride to the shortest. At least two. */
    private final List<Axis> walked = new ArrayList<>();

    /** Axes of stride 0: the same element again and again. Copied in memory, so that each byte is read once. */
    private final List<Axis> repeated = new ArrayList<>();

    /** From this axis on, all lies so close together that one read takes it in; before it, reads skip. */
    private int dense;

    /** Elements from the first to the last of the dense axes. */
    private long span = 1;

    /** Bytes to the end of the dense axes that are being walked. */
    private long denseEnd;

    BlockFiller(FileWindow window, byte[] block, int width, List<Axis> axes) {
        this.window = window;
        this.width = width;
        this.copy = new ElementCopy(window.bytes(), block, width);
        for (Axis axis : axes) {
            if (axis.size() > 1) {
                (axis.stride() == 0 ? repeated : walked).add(axis);
            }
        }
        walked.sort(Comparator.comparingLong(Axis::stride).reversed());
        while (walked.size() < 2) {
            walked.add(0, new Axis(1, 1, 0));
        }
        dense = walked.size();
        while (dense > 0 && (walked.get(dense - 1).stride() - span) * width <= FileWindow.WORTH_READING_THROUGH) {
            dense--;
            span += (walked.get(dense).size() - 1) * walked.get(dense).stride();
        }
    }

    /** Fills the block whose first element is the {@code element}-th of the storage's part that the tensor covers. */
    void fill(long element) throws IOException {
        walk(0, element, 0);
    }

    private void walk(int level, long element, int at) throws IOException {
        if (level == dense) {
            denseEnd = (element + span) * width;
        }
        if (level == walked.size() - 2) {
            grids(element, at);
            return;
        }
        Axis axis = walked.get(level);
        for (int i = 0; i < axis.size(); i++) {
            walk(level + 1, element + i * axis.stride(), at + i * axis.step());
        }
    }

    private void grids(long element, int at) throws IOException {
        Axis outer = walked.get(walked.size() - 2);
        Axis inner = walked.get(walked.size() - 1);
        long stretch = ((inner.size() - 1) * inner.stride() + 1) * width;
        boolean outerDense = dense <= walked.size() - 2;
        long apart = outerDense ? outer.stride() * width : stretch;
        int capacity = window.bytes().length;
        if (dense == walked.size() || stretch > capacity) {
            for (int i = 0; i < outer.size(); i++) {
                if (dense == walked.size() - 1) {
                    denseEnd = (element + i * outer.stride()) * width + stretch;
                }
                stretches(inner, element + i * outer.stride(), at + i * outer.step());
            }
            return;
        }
        int most = (int) Math.min(MOST_STRETCHES, 1 + (capacity - stretch) / apart);
        Line line = line(inner, (int) inner.size(), inner.stride() * width);
        for (int done = 0; done < outer.size(); done += most) {
            int count = (int) Math.min(most, outer.size() - done);
            long position = (element + done * outer.stride()) * width;
            int source = 0;
            if (outerDense) {
                source = window.show(position, (int) ((count - 1) * apart + stretch), denseEnd);
            } else {
                window.collect(position, outer.stride() * width, (int) stretch, count);
            }
            repeat(0, source, at + done * outer.step(), line(outer, count, apart), line);
        }
    }

    /** One stretch that is too long for the window, or too sparse to be read through. */
    private void stretches(Axis axis, long element, int at) throws IOException {
        for (int done = 0; done < axis.size(); ) {
            long position = (element + done * axis.stride()) * width;
            long end = dense == walked.size() ? position + width : denseEnd;
            int source = window.show(position, width, end);
            long fit = 1 + ((window.length() - source) / width - 1) / axis.stride();
            int count = (int) Math.min(axis.size() - done, fit);
            long hop = count == 1 ? width : axis.stride() * width;
            repeat(0, source, at + done * axis.step(), new Line(1, 0, 0), line(axis, count, hop));
            done += count;
        }
    }

    private Line line(Axis axis, int count, long hop) {
        // Both lie inside of arrays.
        return new Line(count, Math.toIntExact(hop), axis.step() * width);
    }

    private void repeat(int level, int source, int at, Line outer, Line inner) {
        if (level == repeated.size()) {
            copy.grid(source, at * width, outer, inner);
            return;
        }
        Axis axis = repeated.get(level);
        for (int i = 0; i < axis.size(); i++) {
            repeat(level + 1, source, at + i * axis.step(), outer, inner);
        }
    }
}
