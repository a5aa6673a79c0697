package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.CRC32;

/** Compares the CRC-32 of all bytes with the archive's when the last one has been read. torch itself does not. */
final class CheckedStream extends ByteStream {
    private static final int SCRATCH_BYTES = 1 << 15;

    private final Blob blob;
    private final ByteStream stream;
    private final CRC32 crc = new CRC32();
    // On the heap: the caller's buffer may be mapped, and CRC32 must never see one whose file could shrink underneath.
    private final byte[] scratch = new byte[SCRATCH_BYTES];

    CheckedStream(Blob blob, ByteStream stream) {
        super(stream.size());
        this.blob = blob;
        this.stream = stream;
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        int from = target.position();
        stream.read(target);
        add(target, from, target.position());
        if (stream.remaining() == 0) {
            require(blob, crc.getValue());
        }
    }

    /** @throws CheckpointException if the bytes of a record have another CRC-32 than the archive says */
    static void require(Blob record, long crc32) throws CheckpointException {
        if (crc32 != record.crc32()) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    String.format(
                            Locale.ROOT,
                            "record %s: CRC-32 expected %08x but was %08x",
                            Quote.text(record.name()),
                            record.crc32(),
                            crc32));
        }
    }

    private void add(ByteBuffer target, int from, int to) {
        for (int at = from; at < to; at += scratch.length) {
            int count = Math.min(scratch.length, to - at);
            target.get(at, scratch, 0, count);
            crc.update(scratch, 0, count);
        }
    }

    @Override
    public void close() {
        super.close();
        stream.close();
    }
}
