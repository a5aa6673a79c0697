package dev.stsw.torch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
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
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            throw interrupted(fileName, e);
        }
    }

    /** The JDK's exception says nothing at all, and ours not which file it was. */
    static InterruptedIOException interrupted(String fileName, IOException cause) {
        InterruptedIOException interrupted =
                new InterruptedIOException(fileName + ": the thread was interrupted while reading");
        interrupted.initCause(cause);
        return interrupted;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        try {
            return stream.read(target);
        } catch (CheckpointException e) {
            throw e.in(fileName);
        } catch (ClosedByInterruptException | InterruptedIOException e) {
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
