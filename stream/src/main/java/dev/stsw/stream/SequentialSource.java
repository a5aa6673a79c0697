package dev.stsw.stream;

import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The tensors of a file that can be read once, as {@link SequentialReader#asSource} gives them: each comes once, in the
 * order of the bytes at best. For one thread. Closing it gives up what waits aside.
 */
public final class SequentialSource implements TensorSource {
    private static final int BUFFER_BYTES = 1 << 18;

    private final SequentialReader reader;
    private final boolean verifyCrc;
    private final Aside.Opener opener;
    private final List<TensorSpec> specs;
    /** Index of the tensor whose bytes come next. */
    private int next;

    private final Map<String, Long> put = new HashMap<>();
    private Optional<Aside> aside = Optional.empty();

    SequentialSource(SequentialReader reader, boolean verifyCrc, Aside.Opener opener) {
        this.reader = reader;
        this.verifyCrc = verifyCrc;
        this.opener = opener;
        this.specs = reader.tensors().stream().map(TensorMeta::toSpec).toList();
    }

    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return reader.header().metadata();
    }

    /** @throws NoSuchElementException if there is no such tensor, or it was read before */
    @Override
    public ReadableByteChannel open(String name) throws IOException {
        Long begin = put.get(name);
        if (begin != null) {
            return aside.orElseThrow()
                    .range(begin, reader.header().find(name).orElseThrow().byteSize());
        }
        while (next < specs.size()) {
            TensorMeta tensor = reader.tensors().get(next);
            next++;
            ReadableByteChannel bytes = reader.bytes(tensor, verifyCrc);
            if (tensor.name().equals(name)) {
                return bytes;
            }
            if (aside.isEmpty()) {
                aside = Optional.of(opener.open());
            }
            put.put(tensor.name(), aside.get().append(bytes));
        }
        throw new NoSuchElementException(reader.name() + ": no tensor " + TensorSpec.quote(name) + ", or read before");
    }

    /** Reads, and checks, what nobody asked for, and that nothing follows. */
    private void finish() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        while (next < specs.size()) {
            ReadableByteChannel bytes = reader.bytes(reader.tensors().get(next), verifyCrc);
            next++;
            while (bytes.read(buffer.clear()) >= 0) {}
        }
        reader.requireEnd();
    }

    /**
     * What was made of this source by selecting, renaming, casting and the like, as one whose last tensor comes to its end
     * only if the file does too: so that nothing is published that was followed by garbage.
     *
     * @throws IOException if no tensors are left, and the file's own end is not what it should be
     */
    public TensorSource toTheEnd(TensorSource made) throws IOException {
        if (made.tensors().isEmpty()) {
            finish();
            return made;
        }
        return new ToTheEnd(made);
    }

    @Override
    public void close() throws IOException {
        if (aside.isPresent()) {
            aside.get().close();
        }
    }

    private final class ToTheEnd extends ForwardingSource {
        private final TensorSpec last;

        ToTheEnd(TensorSource made) {
            super(made);
            this.last = made.tensors().get(made.tensors().size() - 1);
        }

        @Override
        public ReadableByteChannel open(String name) throws IOException {
            ReadableByteChannel bytes = super.open(name);
            return last.name().equals(name) ? new Last(bytes) : bytes;
        }

        /** What can be read once comes in its order. */
        @Override
        public boolean concurrent() {
            return false;
        }

        /** Writers may stop at the last byte, and not ask for the end. */
        private final class Last extends Channel {
            private long left = last.byteSize();

            Last(ReadableByteChannel bytes) throws IOException {
                super(bytes);
                if (left == 0) {
                    finish();
                }
            }

            @Override
            public int read(ByteBuffer to) throws IOException {
                int count = super.read(to);
                if (count > 0) {
                    left -= count;
                    if (left == 0) {
                        finish();
                    }
                }
                return count;
            }
        }
    }
}
