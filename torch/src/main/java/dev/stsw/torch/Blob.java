package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A run of bytes that the file holds: as it is, deflated, or as text.
 *
 * @param name for messages
 * @param stored where it lies, encoded if so
 * @param coding how it is encoded
 * @param size bytes when decoded
 * @param crc32 of the bytes when decoded; 0 where the file does not say
 */
record Blob(String name, FileRange stored, Coding coding, long size, long crc32) {

    static Blob of(String name, FileRange range) {
        return new Blob(name, range, Coding.STORED, range.length(), 0);
    }

    Blob withoutCrc32() {
        return new Blob(name, stored, coding, size, 0);
    }

    boolean deflated() {
        return coding == Coding.DEFLATED;
    }

    /** Whether its bytes do not lie in the file as they are. */
    boolean isEncoded() {
        return coding != Coding.STORED;
    }

    /** All bytes from the first. At the last one, they are compared with the CRC-32. */
    ByteStream stream() {
        ByteStream stream = coding == Coding.STORED
                ? stored.stream()
                : coding == Coding.DEFLATED ? new Inflated(this) : new DecodedText(this);
        return crc32 == 0 ? stream : new CheckedStream(this, stream);
    }

    private static final class Inflated extends ByteStream {
        private static final int BUFFER_BYTES = 1 << 16;

        private final Blob blob;
        private final ByteStream source;
        private long inflated;
        private final Inflater inflater = new Inflater(true);
        // On the heap: Inflater must never see a mapped buffer, whose file could shrink underneath.
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

        Inflated(Blob blob) {
            super(blob.size());
            this.blob = blob;
            this.source = blob.stored().stream();
        }

        @Override
        void fill(ByteBuffer target) throws IOException {
            try {
                int count = 0;
                while (count == 0) {
                    if (inflater.needsInput()) {
                        refill();
                    }
                    count = inflater.inflate(target);
                    if (count == 0 && (inflater.finished() || inflater.needsDictionary())) {
                        throw fault("its data inflates to fewer bytes than the " + size() + " that it claims");
                    }
                }
                requireEnd(count);
            } catch (DataFormatException e) {
                throw fault("its deflated data is damaged: " + e.getMessage());
            }
        }

        /** When all bytes are there that the directory promised, the deflated data must end too. */
        private void requireEnd(int count) throws IOException, DataFormatException {
            inflated += count;
            if (inflated < size()) {
                return;
            }
            byte[] more = new byte[1];
            while (!inflater.finished()) {
                if (inflater.inflate(more) > 0) {
                    throw fault("its data inflates to more bytes than the " + size() + " that it claims");
                }
                if (inflater.needsInput() && !inflater.finished()) {
                    refill();
                }
            }
            long unused = inflater.getRemaining() + source.remaining();
            if (unused > 0) {
                throw fault(unused + " bytes lie behind the end of its deflated data");
            }
        }

        private void refill() throws IOException {
            buffer.clear();
            if (source.read(buffer) < 0) {
                throw fault("its deflated data ends early");
            }
            inflater.setInput(buffer.flip());
        }

        @Override
        public void close() {
            super.close();
            inflater.end();
        }

        private CheckpointException fault(String problem) {
            return new CheckpointException(Kind.CORRUPT, "record " + Quote.text(blob.name()) + ": " + problem);
        }
    }
}
