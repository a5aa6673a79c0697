package dev.stsw.cli;

import dev.stsw.format.SafetensorsException;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A source whose faults name its file. An `Input/output error` of the JDK does not say which of two files it means.
///
/// @param file as the user named it
/// @param source where the tensors come from
record BlamedSource(String file, TensorSource source) implements TensorSource {

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
        try {
            return new BlamedChannel(file, source.open(name));
        } catch (IOException e) {
            throw blamed(file, e);
        }
    }

    @Override
    public boolean concurrent() {
        return source.concurrent();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    private static IOException blamed(String file, IOException fault) {
        if (fault instanceof SafetensorsException
                || fault instanceof CheckpointException
                || fault instanceof FileSystemException) {
            return fault;
        }
        FileSystemException named = new FileSystemException(file, null, "cannot read: " + fault.getMessage());
        named.initCause(fault);
        return named;
    }

    private record BlamedChannel(String file, ReadableByteChannel channel) implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer to) throws IOException {
            try {
                return channel.read(to);
            } catch (IOException e) {
                throw blamed(file, e);
            }
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
