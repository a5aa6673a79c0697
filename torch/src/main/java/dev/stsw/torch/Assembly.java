package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that is put together from boxes, block by block.
 *
 * <p>A block is a run of the output: some rows of one axis, and all of those behind it. What a piece has of a block lies
 * in one stretch of that piece, which is read at once and spread over the block; so each byte is read once, in order.
 */
final class Assembly extends ByteStream {
    private final long[] shape;
    private final int width;
    private final Streams streams;
    private final Workspace workspace;
    private final Consumer<Workspace> release;

    /** Those that no block has come to yet, in C order of their first elements, and those that may be in the next. */
    private final List<Part> waiting = new ArrayList<>();

    private final List<Part> active = new ArrayList<>();
    private int waitingFrom;

    /** The axis of which a block holds some rows; those before it are counted through. */
    private final int split;

    private final long rows;
    private final long[] next;
    private final ByteBuffer block;

    /** A piece while it is read. */
    private static final class Part {
        final Piece piece;
        final long first;
        final long last;

        @Nullable
        View view;

        final CRC32 crc = new CRC32();
        long done;

        Part(Piece piece, long[] shape) {
            this.piece = piece;
            this.first = piece.box().first(shape);
            this.last = piece.box().last(shape);
        }
    }

    /**
     * @param shape of at least one dimension, without a zero
     * @param width bytes of an element
     * @param pieces not empty ones, which cover the shape
     * @param blockBytes at most {@link Workspace#BLOCK_BYTES}, at least one element
     * @param release takes the workspace back when this is closed
     */
    Assembly(
            long[] shape,
            int width,
            List<Piece> pieces,
            Streams streams,
            Workspace workspace,
            int blockBytes,
            Consumer<Workspace> release) {
        super(Box.all(shape).elements() * width);
        this.shape = shape;
        this.width = width;
        this.streams = streams;
        this.workspace = workspace;
        this.release = release;
        pieces.forEach(piece -> waiting.add(new Part(piece, shape)));
        waiting.sort((a, b) -> Long.compare(a.first, b.first));
        long most = Math.min(blockBytes, size()) / width;
        int axis = shape.length - 1;
        long inner = 1;
        while (axis > 0 && shape[axis] <= most / inner) {
            inner *= shape[axis];
            axis--;
        }
        this.split = axis;
        this.rows = Math.max(1, Math.min(shape[axis], most / inner));
        this.next = new long[axis + 1];
        this.block = ByteBuffer.wrap(workspace.block(Math.toIntExact(rows * inner * width)))
                .limit(0);
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        if (!block.hasRemaining()) {
            nextBlock();
        }
        move(block, target);
    }

    @Override
    public void close() {
        if (isOpen()) {
            super.close();
            release.accept(workspace);
        }
    }

    private void nextBlock() throws IOException {
        long[] from = new long[shape.length];
        long[] size = shape.clone();
        System.arraycopy(next, 0, from, 0, next.length);
        Arrays.fill(size, 0, split, 1);
        size[split] = Math.min(rows, shape[split] - next[split]);
        Box box = new Box(from, size);
        long last = box.last(shape);
        while (waitingFrom < waiting.size() && waiting.get(waitingFrom).first <= last) {
            active.add(waiting.get(waitingFrom++));
        }
        for (Part part : active) {
            if (part.piece.box().overlaps(box)) {
                copy(part, box);
            }
        }
        active.removeIf(part -> part.last <= last);
        block.position(0).limit(Math.toIntExact(box.elements() * width));
        advance(size[split]);
    }

    private void advance(long count) {
        next[split] += count;
        for (int i = split; i > 0 && next[i] == shape[i]; i--) {
            next[i] = 0;
            next[i - 1]++;
        }
    }

    /** Puts what a piece has of the block into it. */
    private void copy(Part part, Box target) throws IOException {
        Box box = part.piece.box();
        int rank = shape.length;
        long[] from = new long[rank];
        long[] inPiece = new long[rank];
        long[] size = new long[rank];
        for (int i = 0; i < rank; i++) {
            from[i] = Math.max(box.from(i), target.from(i));
            size[i] = Math.min(box.to(i), target.to(i)) - from[i];
            inPiece[i] = from[i] - box.from(i);
            from[i] -= target.from(i);
        }
        View view = part.view == null ? part.piece.source().view() : part.view;
        boolean isNew = part.view == null;
        part.view = view;
        try {
            if (isNew && !view.isPlain()) {
                streams.check(view.storage());
            }
            try (ByteStream stream = streams.open(view.part(inPiece, size))) {
                spread(part, new Filler(stream), target, from, size);
            }
            checkAtEnd(part, view);
        } catch (CheckpointException e) {
            throw part.piece.blamed(e);
        }
    }

    private void spread(Part part, Filler filler, Box target, long[] from, long[] size) throws IOException {
        int axis = shape.length - 1; // Of the runs: all axes behind it are full.
        int run = width;
        while (axis > 0 && size[axis] == target.size(axis)) {
            run = Math.toIntExact(run * size[axis]);
            axis--;
        }
        run = Math.toIntExact(run * size[axis]);
        long[] at = from.clone();
        do {
            long index = 0;
            for (int i = 0; i < at.length; i++) {
                index = index * target.size(i) + at[i];
            }
            int start = Math.toIntExact(index * width);
            filler.read(block.array(), start, run);
            part.crc.update(block.array(), start, run);
            part.done += run;
        } while (step(at, from, size, axis));
    }

    /** Goes on to the next run, as an odometer does; false after the last one. */
    private static boolean step(long[] at, long[] from, long[] size, int axis) {
        for (int i = axis - 1; i >= 0; i--) {
            at[i]++;
            if (at[i] < from[i] + size[i]) {
                return true;
            }
            at[i] = from[i];
        }
        return false;
    }

    /** The bytes of a piece that fills its record come by in order, so that its CRC-32 costs no second reading. */
    private static void checkAtEnd(Part part, View view) throws CheckpointException {
        Blob storage = view.storage();
        boolean whole = view.isPlain() && view.start() == 0 && view.byteSize() == storage.size();
        if (whole && storage.crc32() != 0 && part.done == storage.size()) {
            CheckedStream.require(storage, part.crc.getValue());
        }
    }

    /** Reads short runs through a window, long ones straight to where they belong. */
    private final class Filler {
        private final ByteStream stream;
        private final ByteBuffer window = ByteBuffer.wrap(workspace.window()).limit(0);

        Filler(ByteStream stream) {
            this.stream = stream;
        }

        void read(byte[] target, int start, int count) throws IOException {
            int at = start;
            int left = count;
            while (left > 0) {
                if (!window.hasRemaining() && left >= window.capacity()) {
                    ByteBuffer direct = ByteBuffer.wrap(target, at, left);
                    stream.read(direct);
                    at = direct.position();
                    left = direct.remaining();
                    continue;
                }
                if (!window.hasRemaining()) {
                    stream.read(window.clear());
                    window.flip();
                }
                int step = Math.min(left, window.remaining());
                window.get(target, at, step);
                at += step;
                left -= step;
            }
        }
    }
}
