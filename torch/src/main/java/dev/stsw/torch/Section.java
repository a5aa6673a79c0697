package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;

/**
 * A file within a file, or within a byte string of a pickle, as a file of its own. Where it must be decoded first, that
 * happens once, when the first byte is read. Closing it leaves the outer file open.
 */
final class Section extends ReadOnlyChannel {
    /** Finds the bytes, which may take decoding them. */
    private interface Source {
        FileRange range() throws IOException;
    }

    private final Source source;
    private final SeekableByteChannel file;

    private Section(Source source, long size, SeekableByteChannel file) {
        super(size);
        this.source = source;
        this.file = file;
    }

    /** The bytes of {@code blob}; if they are encoded, they are put into {@code spool} as soon as they are needed. */
    static Section of(Blob blob, Spool spool) {
        Source source = blob.isEncoded() ? () -> spool.inflated(blob) : blob::stored;
        return new Section(source, blob.size(), blob.stored().channel());
    }

    /** Whether any number of threads may read the file at positions. */
    static boolean isConcurrent(SeekableByteChannel channel) {
        return channel instanceof FileChannel || (channel instanceof Section section && isConcurrent(section.file));
    }

    @Override
    void fill(ByteBuffer target, long at) throws IOException {
        source.range().read(target, at);
    }
}
