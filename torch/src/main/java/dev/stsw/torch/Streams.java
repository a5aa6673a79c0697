package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Gives out the bytes of tensors by the shortest way: from the file as they lie, inflated on the go, or gathered. For any
 * number of threads where the file is read at positions.
 *
 * <p>A tensor that is a whole record is compared with the record's CRC-32 as it flows. Of a record of which a tensor is
 * only a part, or not in the order of the file, all bytes are compared once, before the first of them is given out: nobody
 * knows whether the other parts will be asked for.
 */
final class Streams implements AutoCloseable {
    private static final int LONGEST_HEAD = 1 << 16;

    private final Spool spool;
    /** Kept from tensor to tensor: new arrays for each would only make the heap grow. */
    private final Queue<Workspace> idle = new ConcurrentLinkedQueue<>();
    /** Of records that are not read from start to end. */
    private final Map<FileRange, Proof> proofs = new ConcurrentHashMap<>();

    /** @param spool for deflated storages that are read out of order */
    Streams(Spool spool) {
        this.spool = spool;
    }

    /** Says before any tensor is read that this one will be. */
    void announce(View view) throws CheckpointException {
        if (view.byteSize() > 0 && view.storage().isEncoded() && !flows(view)) {
            spool.reserve(view.storage());
        }
    }

    /** The tensor's bytes, contiguous and little-endian. It has been announced. */
    ByteStream open(View view) throws IOException {
        return view.isRounded() ? new RoundedStream(stored(view)) : stored(view);
    }

    private ByteStream stored(View view) throws IOException {
        Blob storage = view.storage();
        long size = view.byteSize();
        if (size == 0) {
            return storage.stored().slice(0, 0).stream();
        }
        if (view.areHalves()) {
            requireZeroHalves(storage);
        }
        if (flows(view)) {
            return skipped(storage.stream(), view.start());
        }
        FileRange bytes = storage.isEncoded() ? spool.inflated(storage) : storage.stored();
        check(storage);
        return view.isPlain() ? bytes.slice(view.start(), size).stream() : gather(view, bytes);
    }

    /** Whether it can be given out while its record is read from start to end. */
    private static boolean flows(View view) {
        // A head is what NumPy puts before the elements; nothing that would be missed.
        return view.start() <= LONGEST_HEAD
                && view.byteSize() == view.storage().size() - view.start()
                && view.isPlain();
    }

    /** Closes the stream if that fails: an inflater holds memory outside of the heap. */
    private static ByteStream skipped(ByteStream stream, long count) throws IOException {
        try {
            stream.skip(count);
            return stream;
        } catch (IOException | RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    /** Compares the CRC-32 of a storage whose bytes do not come by in order; once. Inflating compares it anyway. */
    void check(Blob storage) throws IOException {
        if (!storage.isEncoded() && storage.crc32() != 0) {
            proofs.computeIfAbsent(storage.stored(), range -> new Proof()).require(storage);
        }
    }

    /** Otherwise the values would have to be rounded; torch saves only such as need not be. */
    private static void requireZeroHalves(Blob storage) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(1 << 16);
        long at = 0;
        try (ByteStream all = storage.stream()) {
            while (all.read(block.clear()) >= 0) {
                for (int i = 0; i < block.position(); i++, at++) {
                    if ((at & 2) == 0 && block.get(i) != 0) {
                        throw new CheckpointException(
                                Kind.UNSUPPORTED,
                                "a tensor of dtype torch.bfloat16 is saved as float32 with values that bfloat16 cannot hold");
                    }
                }
            }
        }
    }

    private ByteStream gather(View view, FileRange bytes) {
        return new Gather(view, bytes, workspace(), idle::add);
    }

    private Workspace workspace() {
        Workspace free = idle.poll();
        return free == null ? new Workspace() : free;
    }

    /**
     * The bytes of a tensor that lies in pieces.
     *
     * @param pieces not empty ones, which cover the shape
     */
    ByteStream open(long[] shape, int width, List<Piece> pieces) {
        List<Piece> sorted = new ArrayList<>(pieces);
        sorted.sort(Comparator.comparingLong(piece -> piece.box().first(shape)));
        if (sorted.stream().allMatch(piece -> piece.box().isRun(shape))) {
            return new Chain(Box.all(shape).elements() * width, sorted, this);
        }
        return new Assembly(shape, width, sorted, this, workspace(), Workspace.BLOCK_BYTES, idle::add);
    }

    /** That a record has its CRC-32; other threads wait until it is known. */
    private static final class Proof {
        private boolean given;

        synchronized void require(Blob record) throws IOException {
            if (!given) {
                try (ByteStream all = record.stream()) {
                    all.skip(record.size());
                }
                given = true;
            }
        }
    }

    /** Reads a short text in full. */
    static byte[] all(Blob blob) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(blob.size()));
        try (ByteStream stream = blob.stream()) {
            while (stream.read(bytes) >= 0 && bytes.hasRemaining()) {
                // Until it is full.
            }
        }
        return bytes.array();
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
