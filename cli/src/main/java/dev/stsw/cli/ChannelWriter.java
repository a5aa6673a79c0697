package dev.stsw.cli;

import dev.stsw.WriteOptions;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.zip.CRC32;

/// Writes a safetensors file to where nobody can go back: the header stands in front, so its checksums must be known
/// before the first byte of data. They cost a first pass over the source.
final class ChannelWriter {
    private final TensorSource source;
    private final List<TensorSpec> tensors;
    private final WriteOptions options;
    private final ByteBuffer buffer;
    private final long total;
    private long done;

    /// @param options of these the checksums, the buffer's size, the metadata and the progress; metadata that is not
    ///     there is the source's
    ChannelWriter(TensorSource source, WriteOptions options) {
        this.source = source;
        this.tensors = source.tensors();
        this.options = options;
        this.buffer = ByteBuffer.allocateDirect(options.bufferSize());
        long size = tensors.stream().mapToLong(TensorSpec::byteSize).sum();
        this.total = options.crc32() ? 2 * size : size;
    }

    /// @throws IOException if the source brings more or less than it declares, or other bytes the second time
    void write(WritableByteChannel out) throws IOException {
        Header header = Header.of(
                tensors,
                options.metadata().or(source::metadata).orElse(null),
                WriteOptions.DEFAULT_ALIGNMENT,
                options.crc32());
        byte[] bytes = header.toBytes();
        long[] sums = new long[options.crc32() ? tensors.size() : 0];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = copy(tensors.get(i), ChannelWriter::forget);
        }
        header.checksums().ifPresent(entry -> entry.seal(bytes, sums));
        writeAll(ByteBuffer.wrap(bytes), out);
        for (int i = 0; i < tensors.size(); i++) {
            long sum = copy(tensors.get(i), part -> writeAll(part, out));
            if (options.crc32() && sum != sums[i]) {
                throw new IOException(
                        "tensor " + TensorSpec.quote(tensors.get(i).name())
                                + " had other bytes when it was read again: the file changed meanwhile");
            }
        }
    }

    /// Takes what is in the buffer.
    private interface Sink {
        void take(ByteBuffer part) throws IOException;
    }

    private static void forget(ByteBuffer part) {
        part.position(part.limit());
    }

    private static void writeAll(ByteBuffer part, WritableByteChannel out) throws IOException {
        while (part.hasRemaining()) {
            out.write(part);
        }
    }

    /// Returns the CRC-32 of the tensor's bytes, or 0 where nobody wants it.
    private long copy(TensorSpec tensor, Sink sink) throws IOException {
        CRC32 crc = new CRC32();
        long left = tensor.byteSize();
        try (ReadableByteChannel bytes = source.open(tensor.name())) {
            while (bytes.read(buffer.clear()) >= 0) {
                buffer.flip();
                left -= buffer.remaining();
                if (left < 0) {
                    throw wrongLength(tensor, "more");
                }
                if (options.crc32()) {
                    crc.update(buffer.duplicate());
                }
                done += buffer.remaining();
                sink.take(buffer);
                options.progress().progress(done, total);
            }
        }
        if (left > 0) {
            throw wrongLength(tensor, "less");
        }
        return crc.getValue();
    }

    private static IOException wrongLength(TensorSpec tensor, String how) {
        return new IOException("tensor " + TensorSpec.quote(tensor.name()) + " has " + how + " bytes than the "
                + tensor.byteSize() + " of its dtype and shape");
    }
}
