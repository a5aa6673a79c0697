package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
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
    /** By where they begin. */
    private final Map<Long, Proof> proofs = new ConcurrentHashMap<>();

    /** @param spool for deflated storages that are read out of order */
    Streams(Spool spool) {
        this.spool = spool;
    }

    /** Says before any tensor is read that this one will be. */
    void announce(View view) throws CheckpointException {
        if (view.byteSize() > 0 && view.storage().deflated() && !flows(view)) {
            spool.reserve(view.storage());
        }
    }

    /** The tensor's bytes, contiguous and little-endian. It has been announced. */
    ByteStream open(View view) throws IOException {
        Blob storage = view.storage();
        long size = view.byteSize();
        if (size == 0) {
            return storage.stored().slice(0, 0).stream();
        }
        if (flows(view)) {
            return skipped(storage.stream(), view.start());
        }
        FileRange bytes = storage.deflated() ? spool.inflated(storage) : storage.stored();
        if (!storage.deflated() && storage.crc32() != 0) {
            proofs.computeIfAbsent(bytes.start(), start -> new Proof()).require(storage);
        }
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

    private ByteStream gather(View view, FileRange bytes) {
        Workspace free = idle.poll();
        return new Gather(view, bytes, free == null ? new Workspace() : free, idle::add);
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
