package dev.stsw.stream;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** Where bytes can wait that came too early: a temporary file, or memory. For one thread. */
public interface Aside extends Closeable {
    /** Copies everything to the end of what waits here, and returns where that begins, in bytes. */
    long append(ReadableByteChannel bytes) throws IOException;

    /** Some bytes of it. Closing the channel leaves them here. */
    ReadableByteChannel range(long begin, long size);

    /** Makes such a place. */
    @FunctionalInterface
    interface Opener {
        /** A new place, empty. */
        Aside open() throws IOException;
    }
}
