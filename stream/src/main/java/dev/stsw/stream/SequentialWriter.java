package dev.stsw.stream;

import dev.stsw.format.Header;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Writes safetensors files to where nobody can go back: a pipe, a socket, an entry of an archive, an object store. What it
 * writes is whole only if {@link #write} returns; who needs all or nothing writes a file.
 *
 * <p>The header stands in front, so its checksums must be known before the first byte of data. Without checksums one pass
 * over the source is enough; with them, either they cost a first pass, or they are promised ({@link #withPromisedSums}) and
 * compared as the bytes go by. One buffer, whatever the size of the tensors.
 *
 * <p>Immutable; each {@code with} method gives another one. For any thread, as far as the channel is.
 */
public final class SequentialWriter {
    private static final int ALIGNMENT = 8;
    private static final int BUFFER_BYTES = 1 << 20;

    private final WritableByteChannel out;
    private final boolean crc32;
    private final @Nullable Map<String, Long> promised;
    private final Optional<Map<String, String>> metadata;
    private final int alignment;
    private final int bufferSize;
    private final ProgressListener progress;

    private SequentialWriter(
            WritableByteChannel out,
            boolean crc32,
            @Nullable Map<String, Long> promised,
            Optional<Map<String, String>> metadata,
            int alignment,
            int bufferSize,
            ProgressListener progress) {
        this.out = out;
        this.crc32 = crc32;
        this.promised = promised;
        this.metadata = metadata;
        this.alignment = alignment;
        this.bufferSize = bufferSize;
        this.progress = progress;
    }

    /** Without checksums. The channel is the caller's, who closes it. */
    public static SequentialWriter to(WritableByteChannel out) {
        Objects.requireNonNull(out, "out");
        return new SequentialWriter(out, false, null, Optional.empty(), ALIGNMENT, BUFFER_BYTES, (done, total) -> {});
    }

    /** Without checksums. The stream is the caller's, who closes it. */
    public static SequentialWriter to(OutputStream out) {
        return to(Channels.newChannel(out));
    }

    /** Whether to write checksums. Unless they are promised, each tensor is then asked of the source twice. */
    public SequentialWriter withCrc32(boolean value) {
        return new SequentialWriter(out, value, promised, metadata, alignment, bufferSize, progress);
    }

    /**
     * Writes these checksums, which the bytes must turn out to have: one pass is then enough.
     *
     * @param sums the CRC-32 of each tensor's bytes, by its name
     */
    public SequentialWriter withPromisedSums(Map<String, Long> sums) {
        return new SequentialWriter(out, true, Map.copyOf(sums), metadata, alignment, bufferSize, progress);
    }

    /** What to write under {@code __metadata__}, in the map's order, in place of the source's. */
    public SequentialWriter withMetadata(Map<String, String> entries) {
        Map<String, String> copy = new LinkedHashMap<>(entries);
        return new SequentialWriter(out, crc32, promised, Optional.of(copy), alignment, bufferSize, progress);
    }

    /**
     * The data section begins at a multiple of so many bytes: a power of two from 8 up, which is what the reference does.
     */
    public SequentialWriter withAlignment(int bytes) {
        return new SequentialWriter(out, crc32, promised, metadata, bytes, bufferSize, progress);
    }

    /** With one buffer of so many bytes, at least 1; a megabyte unless said otherwise. */
    public SequentialWriter withBufferSize(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a buffer cannot be of " + bytes + " bytes");
        }
        return new SequentialWriter(out, crc32, promised, metadata, alignment, bytes, progress);
    }

    /** Who hears how far it has come; of two passes, both count. */
    public SequentialWriter withProgress(ProgressListener listener) {
        Objects.requireNonNull(listener, "listener");
        return new SequentialWriter(out, crc32, promised, metadata, alignment, bufferSize, listener);
    }

    /**
     * Writes all tensors in the source's order. Does not close the source.
     *
     * @throws NoSuchElementException if checksums are promised, but not that of some tensor; nothing is written
     * @throws IOException if the source brings more or less than it declares, other bytes the second time, or others than
     *     were promised; what was written until then is no whole file
     */
    public void write(TensorSource source) throws IOException {
        new Run(source).write();
    }

    /** Takes what is in the buffer. */
    private interface Sink {
        void take(ByteBuffer part) throws IOException;
    }

    private final class Run {
        private final TensorSource source;
        private final List<TensorSpec> tensors;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(bufferSize);
        private final long total;
        private long done;

        Run(TensorSource source) {
            this.source = source;
            this.tensors = source.tensors();
            long size = 0;
            for (TensorSpec tensor : tensors) {
                size = Math.addExact(size, tensor.byteSize());
            }
            this.total = crc32 && promised == null ? Math.multiplyExact(2, size) : size;
        }

        void write() throws IOException {
            Header header = Header.of(tensors, metadata.or(source::metadata).orElse(null), alignment, crc32);
            byte[] bytes = header.toBytes();
            long[] sums = sums();
            header.checksums().ifPresent(entry -> entry.seal(bytes, sums));
            writeAll(ByteBuffer.wrap(bytes));
            for (int i = 0; i < tensors.size(); i++) {
                long sum = copy(tensors.get(i), this::writeAll);
                if (crc32 && sum != sums[i]) {
                    throw otherBytes(tensors.get(i), sums[i], sum);
                }
            }
        }

        private long[] sums() throws IOException {
            long[] sums = new long[crc32 ? tensors.size() : 0];
            for (int i = 0; i < sums.length; i++) {
                sums[i] = promised == null
                        ? copy(tensors.get(i), part -> part.position(part.limit()))
                        : promised(promised, tensors.get(i));
            }
            return sums;
        }

        private long promised(Map<String, Long> by, TensorSpec tensor) {
            Long sum = by.get(tensor.name());
            if (sum == null) {
                throw new NoSuchElementException("no checksum was promised for tensor " + quote(tensor));
            }
            return sum;
        }

        private IOException otherBytes(TensorSpec tensor, long expected, long found) {
            if (promised == null) {
                return new IOException("tensor " + quote(tensor)
                        + " had other bytes when it was read again: the file changed meanwhile");
            }
            return new IOException("tensor " + quote(tensor) + ": CRC-32 promised " + hex(expected) + " but was "
                    + hex(found) + ": what was written is no sound file");
        }

        private void writeAll(ByteBuffer part) throws IOException {
            while (part.hasRemaining()) {
                out.write(part);
            }
        }

        /** Returns the CRC-32 of the tensor's bytes, or 0 where nobody wants it. */
        private long copy(TensorSpec tensor, Sink sink) throws IOException {
            progress.tensor(tensor.name());
            CRC32 crc = new CRC32();
            long left = tensor.byteSize();
            try (ReadableByteChannel bytes = source.open(tensor.name())) {
                while (bytes.read(buffer.clear()) >= 0) {
                    buffer.flip();
                    left -= buffer.remaining();
                    if (left < 0) {
                        throw wrongLength(tensor, "more");
                    }
                    if (crc32) {
                        crc.update(buffer.duplicate());
                    }
                    done += buffer.remaining();
                    sink.take(buffer);
                    progress.progress(done, total);
                }
            }
            if (left > 0) {
                throw wrongLength(tensor, "less");
            }
            return crc.getValue();
        }
    }

    private static IOException wrongLength(TensorSpec tensor, String how) {
        return new IOException("tensor " + quote(tensor) + " has " + how + " bytes than the " + tensor.byteSize()
                + " of its dtype and shape");
    }

    private static String quote(TensorSpec tensor) {
        return TensorSpec.quote(tensor.name());
    }

    private static String hex(long sum) {
        String digits = Long.toHexString(sum & 0xffffffffL);
        return "0".repeat(8 - digits.length()) + digits;
    }
}
