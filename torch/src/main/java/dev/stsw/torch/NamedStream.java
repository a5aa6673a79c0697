package dev.stsw.torch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Puts the name of the file in front of what goes wrong while a tensor is read. */
final class NamedStream implements ReadableByteChannel {
    private final String fileName;
    private final ByteStream stream;

    private NamedStream(String fileName, ByteStream stream) {
        this.fileName = fileName;
        this.stream = stream;
    }

    /** Opens a stream, which may go wrong already. */
    interface Opener {
        ByteStream open() throws IOException;
    }

    static NamedStream open(String fileName, Opener opener) throws IOException {
        try {
            return new NamedStream(fileName, opener.open());
        } catch (CheckpointException e) {
            throw e.in(fileName);
        } catch (InterruptedIOException e) {
            throw interrupted(fileName, e);
        }
    }

    /** With the name of the file. */
    static InterruptedIOException interrupted(String fileName, InterruptedIOException cause) {
        InterruptedIOException interrupted = new InterruptedIOException(fileName + ": " + cause.getMessage());
        interrupted.initCause(cause);
        return interrupted;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        try {
            return stream.read(target);
        } catch (CheckpointException e) {
            throw e.in(fileName);
        } catch (InterruptedIOException e) {
            throw interrupted(fileName, e);
        }
    }

    @Override
    public boolean isOpen() {
        return stream.isOpen();
    }

    @Override
    public void close() {
        stream.close();
    }
}
