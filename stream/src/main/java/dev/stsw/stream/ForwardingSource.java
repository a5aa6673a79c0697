package dev.stsw.stream;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A source that is another one, but for what a subclass does otherwise. Closing it closes the other one.
 *
 * <p>Whoever opens tensors otherwise than the source does keeps in mind that {@link #concurrent()} is the source's answer.
 */
public abstract class ForwardingSource implements TensorSource {
    private final TensorSource source;

    /** @param source all calls go to it */
    protected ForwardingSource(TensorSource source) {
        this.source = Objects.requireNonNull(source, "source");
    }

    @Override
    public List<TensorSpec> tensors() {
        return source.tensors();
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return source.metadata();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        return source.open(name);
    }

    @Override
    public boolean concurrent() {
        return source.concurrent();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    /** A channel that is another one, but for what is added. */
    public abstract static class Channel implements ReadableByteChannel {
        private final ReadableByteChannel bytes;

        /** @param bytes all calls go to it */
        protected Channel(ReadableByteChannel bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            return bytes.read(to);
        }

        @Override
        public boolean isOpen() {
            return bytes.isOpen();
        }

        @Override
        public void close() throws IOException {
            bytes.close();
        }
    }
}
