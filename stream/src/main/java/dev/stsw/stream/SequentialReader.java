package dev.stsw.stream;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Verification.Failure;
import dev.stsw.stream.Verification.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * A safetensors file that can be read once, from its beginning to its end: stdin, a socket, an entry of an archive. Holds
 * the header and one buffer, whatever the file's size.
 *
 * <p>How long the file should be follows from its header, because tensors leave no holes: one that ends early, or goes on,
 * is an error that says where. Use one of {@link #asSource}, {@link #verify} and {@link #finish}, once. For one thread at a
 * time. Does not close the channel.
 */
public final class SequentialReader {
    private static final int BUFFER_BYTES = 1 << 18;

    private final String name;
    private final ReadableByteChannel channel;
    private final Header header;
    private final List<TensorMeta> tensors;
    /** From the start of the file, in bytes. */
    private long position;

    private SequentialReader(String name, ReadableByteChannel channel, Header header) {
        this.name = name;
        this.channel = channel;
        this.header = header;
        this.tensors = header.inOrderOfBytes();
        this.position = header.dataStart();
    }

    /**
     * Reads the header; the data is next.
     *
     * @param name for messages
     * @param channel at the file's first byte
     * @throws HeaderException if it is not a safetensors file
     */
    public static SequentialReader open(String name, ReadableByteChannel channel) throws IOException {
        Objects.requireNonNull(name, "name");
        try {
            return new SequentialReader(name, channel, Header.read(channel));
        } catch (HeaderException e) {
            throw e.in(name);
        }
    }

    /** The file's header. */
    public Header header() {
        return header;
    }

    /** For messages. */
    String name() {
        return name;
    }

    /** In the order in which they come. */
    List<TensorMeta> tensors() {
        return tensors;
    }

    /**
     * The tensors as they come. In the order of their bytes, which is that of every file that the reference or we wrote,
     * they flow straight through; one that is asked for after a later one waits aside.
     *
     * @param verifyCrc whether the read that brings a tensor's last byte throws {@link ChecksumException} if its CRC-32
     *     does not match; where there is none, nothing is checked
     * @param aside where tensors can wait; opened when the first one must, and closed with the source
     * @throws ChecksumException if checksums are verified, and the header's does not match
     */
    public SequentialSource asSource(boolean verifyCrc, Aside.Opener aside) throws IOException {
        Optional<String> problem = header.checksums().flatMap(Checksums::problem);
        if (verifyCrc && problem.isPresent()) {
            throw new ChecksumException(name, problem.get());
        }
        return new SequentialSource(this, verifyCrc, aside);
    }

    /**
     * Reads everything, each byte once, and compares every checksum that the file carries.
     *
     * @throws HeaderException if it ends early, or goes on behind the last tensor
     */
    public Verification verify(ProgressListener progress) throws IOException {
        Optional<String> problem = header.checksums().flatMap(Checksums::problem);
        if (problem.isPresent()) {
            return new Verification(name, Outcome.DAMAGED, 0, List.of(), problem);
        }
        List<Failure> failures = readAll(progress);
        if (header.checksums().isEmpty()) {
            return new Verification(
                    name, Outcome.UNPROVEN, 0, List.of(), Optional.of("no checksums: nothing was proved"));
        }
        Outcome outcome = failures.isEmpty() ? Outcome.INTACT : Outcome.DAMAGED;
        return new Verification(name, outcome, tensors.size(), failures, Optional.empty());
    }

    /**
     * Reads to the end, without a look at checksums.
     *
     * @throws HeaderException if it ends early, or goes on behind the last tensor
     */
    public void finish() throws IOException {
        readAll((done, total) -> {});
    }

    private List<Failure> readAll(ProgressListener progress) throws IOException {
        List<Failure> failures = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (TensorMeta tensor : tensors) {
            progress.tensor(tensor.name());
            CRC32 crc = new CRC32();
            ReadableByteChannel bytes = bytes(tensor, false);
            while (bytes.read(buffer.clear()) >= 0) {
                crc.update(buffer.flip());
                progress.progress(position - header.dataStart(), header.dataSize());
            }
            OptionalLong expected = tensor.crc32();
            if (expected.isPresent() && expected.getAsLong() != crc.getValue()) {
                failures.add(new Failure(tensor, expected.getAsLong(), crc.getValue()));
            }
        }
        requireEnd();
        return failures;
    }

    /** The bytes of the tensor that comes next. */
    ReadableByteChannel bytes(TensorMeta tensor, boolean verifyCrc) {
        Bytes bytes = new Bytes(tensor);
        return verifyCrc && tensor.crc32().isPresent()
                ? new CheckedChannel(bytes, name, tensor, List.of(new CRC32()))
                : bytes;
    }

    /** @throws HeaderException if anything follows */
    void requireEnd() throws IOException {
        if (channel.read(ByteBuffer.allocate(1)) > 0) {
            throw new HeaderException(
                    name,
                    Fault.NOT_COVERED,
                    "the tensors end at byte " + position + ", but it goes on: what follows belongs to none");
        }
    }

    private HeaderException ended(TensorMeta tensor) {
        return new HeaderException(
                name,
                Fault.TRUNCATED,
                "tensor " + TensorSpec.quote(tensor.name()) + " (bytes " + tensor.offsetBegin() + ".."
                        + tensor.offsetEnd() + " of the data): it ends at byte " + position
                        + ": it is truncated, and should have " + (header.dataStart() + header.dataSize()) + " bytes");
    }

    /** The bytes of one tensor, straight from the channel. */
    private final class Bytes implements ReadableByteChannel {
        private final TensorMeta tensor;
        private long left;
        private boolean open = true;

        Bytes(TensorMeta tensor) {
            this.tensor = tensor;
            this.left = tensor.byteSize();
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            if (left == 0) {
                return -1;
            }
            int limit = to.limit();
            to.limit((int) Math.min(limit, to.position() + left));
            int count = channel.read(to);
            to.limit(limit);
            if (count < 0) {
                throw ended(tensor);
            }
            position += count;
            left -= count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
