package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A source that lets go of its input when every tensor was read: Windows replaces no file that is open, and OUT may be
/// IN.
final class ReleasingSource implements TensorSource {
    private final TensorSource source;
    private final Closeable input;

    // Guarded by this object's monitor, from here on.
    private int open;
    private int unopened;

    ReleasingSource(TensorSource source, Closeable input) {
        this.source = source;
        this.input = input;
        this.unopened = source.tensors().size();
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
    public boolean concurrent() {
        return source.concurrent();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        ReadableByteChannel bytes = source.open(name);
        synchronized (this) {
            open++;
            unopened--;
        }
        return new Counted(bytes);
    }

    private synchronized void closed() throws IOException {
        open--;
        if (open == 0 && unopened == 0) {
            input.close();
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    private final class Counted implements ReadableByteChannel {
        private final ReadableByteChannel bytes;
        private boolean closed;

        Counted(ReadableByteChannel bytes) {
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
            if (!closed) {
                closed = true;
                ReleasingSource.this.closed();
            }
        }
    }
}
