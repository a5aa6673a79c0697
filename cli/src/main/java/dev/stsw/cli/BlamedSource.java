package dev.stsw.cli;

import dev.stsw.format.BadFileException;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.ForwardingSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;

/// A source whose faults name its file. An `Input/output error` of the JDK does not say which of two files it means.
final class BlamedSource extends ForwardingSource {
    private final String file;

    /// @param file as the user named it
    BlamedSource(String file, TensorSource source) {
        super(source);
        this.file = file;
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        try {
            return new BlamedChannel(file, super.open(name));
        } catch (IOException e) {
            throw blamed(file, e);
        }
    }

    private static IOException blamed(String file, IOException fault) {
        if (fault instanceof BadFileException || fault instanceof FileSystemException) {
            return fault;
        }
        FileSystemException named = new FileSystemException(file, null, "cannot read: " + fault.getMessage());
        named.initCause(fault);
        return named;
    }

    private static final class BlamedChannel extends Channel {
        private final String file;

        BlamedChannel(String file, ReadableByteChannel channel) {
            super(channel);
            this.file = file;
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            try {
                return super.read(to);
            } catch (IOException e) {
                throw blamed(file, e);
            }
        }
    }
}
