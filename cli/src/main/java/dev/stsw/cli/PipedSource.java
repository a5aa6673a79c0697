package dev.stsw.cli;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ForwardingSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/// The tensors of a safetensors file that comes through a pipe. In the order of their bytes, which is that of every
/// file that the reference or we wrote, they flow straight through; a tensor that is asked for after a later one
/// waits in a temporary file.
final class PipedSource implements TensorSource {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Pipe pipe;
    private final Header header;
    private final boolean verify;
    private final Path folder;
    private final List<TensorMeta> tensors;
    private final List<TensorSpec> specs;
    /// Index of the tensor whose bytes come next.
    private int next;

    private final Map<String, Long> put = new HashMap<>();
    private Optional<Scratch> aside = Optional.empty();

    private PipedSource(Pipe pipe, Header header, boolean verify, Path folder) {
        this.pipe = pipe;
        this.header = header;
        this.verify = verify;
        this.folder = folder;
        this.tensors = header.tensors().stream()
                .sorted(Comparator.comparingLong(TensorMeta::offsetBegin).thenComparingLong(TensorMeta::offsetEnd))
                .toList();
        this.specs = tensors.stream().map(TensorMeta::toSpec).toList();
    }

    /// @param folder where a temporary file may be
    static PipedSource open(Pipe pipe, boolean verify, Path folder) throws IOException {
        Header header = pipe.header();
        Optional<String> problem = header.checksums().flatMap(Checksums::problem);
        if (verify && problem.isPresent()) {
            throw new ChecksumException(pipe.name(), problem.get());
        }
        return new PipedSource(pipe, header, verify, folder);
    }

    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return header.metadata();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        if (put.containsKey(name)) {
            long size = header.find(name).orElseThrow().byteSize();
            return aside.orElseThrow().range(put.get(name), size);
        }
        while (next < tensors.size()) {
            TensorMeta tensor = tensors.get(next);
            next++;
            if (tensor.name().equals(name)) {
                return new Bytes(tensor);
            }
            putAside(tensor);
        }
        throw new NoSuchElementException(pipe.name() + ": no tensor " + TensorSpec.quote(name) + ", or read before");
    }

    private void putAside(TensorMeta tensor) throws IOException {
        if (aside.isEmpty()) {
            aside = Optional.of(Scratch.in(folder));
        }
        try (ReadableByteChannel bytes = new Bytes(tensor)) {
            put.put(tensor.name(), aside.get().append(bytes));
        }
    }

    /// Reads, and checks, what nobody asked for, and that nothing follows.
    private void finish() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        while (next < tensors.size()) {
            try (ReadableByteChannel bytes = new Bytes(tensors.get(next))) {
                next++;
                while (bytes.read(buffer.clear()) >= 0) {}
            }
        }
        pipe.requireEnd();
    }

    /// What was made of a piped source: its last tensor comes to its end only if the pipe does too, so that nothing is
    /// published that was followed by garbage. Other sources stay as they are.
    static TensorSource toTheEnd(Input input, TensorSource made) throws IOException {
        if (!(input.source() instanceof PipedSource)) {
            return made;
        }
        PipedSource piped = (PipedSource) input.source();
        if (made.tensors().isEmpty()) {
            piped.finish();
            return made;
        }
        return new ToTheEnd(piped, made);
    }

    @Override
    public void close() throws IOException {
        if (aside.isPresent()) {
            aside.get().close();
        }
    }

    /// The bytes of one tensor, straight from the pipe.
    private final class Bytes implements ReadableByteChannel {
        private final TensorMeta tensor;
        private final OptionalLong expected;
        private final CRC32 crc = new CRC32();
        private long left;
        private boolean open = true;

        Bytes(TensorMeta tensor) {
            this.tensor = tensor;
            this.expected = verify ? tensor.crc32() : OptionalLong.empty();
            this.left = tensor.byteSize();
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            if (left == 0) {
                return -1;
            }
            int limit = to.limit();
            int begin = to.position();
            to.limit((int) Math.min(limit, begin + left));
            int count = pipe.read(to);
            if (count < 0) {
                throw pipe.ended(tensor);
            }
            if (expected.isPresent()) {
                crc.update(to.limit(to.position()).position(begin));
            }
            to.limit(limit);
            left -= count;
            if (left == 0 && expected.isPresent() && expected.getAsLong() != crc.getValue()) {
                throw ChecksumException.ofTensor(pipe.name(), tensor, expected.getAsLong(), crc.getValue());
            }
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

    private static final class ToTheEnd extends ForwardingSource {
        private final PipedSource piped;
        private final TensorSpec last;

        ToTheEnd(PipedSource piped, TensorSource made) {
            super(made);
            this.piped = piped;
            this.last = made.tensors().get(made.tensors().size() - 1);
        }

        @Override
        public ReadableByteChannel open(String name) throws IOException {
            ReadableByteChannel bytes = super.open(name);
            return last.name().equals(name) ? new Last(bytes) : bytes;
        }

        /// What comes through a pipe comes once, in its order.
        @Override
        public boolean concurrent() {
            return false;
        }

        /// Writers may stop at the last byte, and not ask for the end.
        private final class Last extends Channel {
            private long left = last.byteSize();

            Last(ReadableByteChannel bytes) throws IOException {
                super(bytes);
                if (left == 0) {
                    piped.finish();
                }
            }

            @Override
            public int read(ByteBuffer to) throws IOException {
                int count = super.read(to);
                if (count > 0) {
                    left -= count;
                    if (left == 0) {
                        piped.finish();
                    }
                }
                return count;
            }
        }
    }
}
