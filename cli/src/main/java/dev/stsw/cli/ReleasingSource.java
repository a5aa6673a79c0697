package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.stream.ForwardingSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/// A source that lets go of its input when every tensor was read: Windows replaces no file that is open, and OUT may be
/// IN.
final class ReleasingSource extends ForwardingSource {
    private final Closeable input;

    // Guarded by this object's monitor, from here on.
    private int open;
    private int unopened;

    ReleasingSource(TensorSource source, Closeable input) {
        super(source);
        this.input = input;
        this.unopened = source.tensors().size();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        ReadableByteChannel bytes = super.open(name);
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

    private final class Counted extends Channel {
        private boolean closed;

        Counted(ReadableByteChannel bytes) {
            super(bytes);
        }

        @Override
        public void close() throws IOException {
            super.close();
            if (!closed) {
                closed = true;
                ReleasingSource.this.closed();
            }
        }
    }
}
