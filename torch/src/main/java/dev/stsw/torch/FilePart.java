package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A stretch of a file of a pool as a file of its own. */
final class FilePart extends ReadOnlyChannel {
    private final FilePool pool;
    private final String file;
    private final long start;

    FilePart(FilePool pool, String file, long start, long length) {
        super(length);
        Objects.checkFromIndexSize(start, length, Long.MAX_VALUE);
        this.pool = pool;
        this.file = file;
        this.start = start;
    }

    @Override
    void fill(ByteBuffer target, long at) throws IOException {
        pool.read(file, target, start + at);
    }
}
