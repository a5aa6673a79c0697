package dev.stsw.spark;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/** Bytes of one tensor on the executor's own disk, until it is known how many there are: the header stands in front. */
final class Spill implements Closeable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final FileChannel file;
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int filled;
    private long size;

    Spill() throws IOException {
        Path path = Files.createTempFile("stsw-spark", ".tensor");
        file = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    void write(byte[] bytes, int length) throws IOException {
        crc.update(bytes, 0, length);
        size += length;
        int from = 0;
        while (from < length) {
            int count = Math.min(length - from, buffer.length - filled);
            System.arraycopy(bytes, from, buffer, filled, count);
            filled += count;
            from += count;
            if (filled == buffer.length) {
                flush();
            }
        }
    }

    private void flush() throws IOException {
        ByteBuffer block = ByteBuffer.wrap(buffer, 0, filled);
        while (block.hasRemaining()) {
            file.write(block);
        }
        filled = 0;
    }

    long size() {
        return size;
    }

    long crc32() {
        return crc.getValue();
    }

    /** Copies all to a stream, once, at the end. */
    void copyTo(OutputStream out) throws IOException {
        flush();
        file.position(0);
        ByteBuffer block = ByteBuffer.wrap(buffer);
        while (file.read(block.clear()) >= 0) {
            out.write(buffer, 0, block.position());
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
