package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encoded bytes that must be read out of order, decoded into a temporary file, each once. Rare: torch does not deflate, only
 * people who zip again what torch has written; and then only transposed or shared tensors come here, and whole files
 * that lie in byte strings of an old pickle.
 */
final class Spool implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Map<FileRange, FileRange> inflated = new HashMap<>();
    private @Nullable FileChannel file;

    /** The decoded bytes. */
    synchronized FileRange inflated(Blob blob) throws IOException {
        FileRange known = inflated.get(blob.stored());
        if (known == null) {
            known = inflate(blob);
            inflated.put(blob.stored(), known);
        }
        return known;
    }

    private FileRange inflate(Blob blob) throws IOException {
        FileChannel target = file();
        long start = target.size();
        long end = start;
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (ByteStream stream = blob.stream()) {
            while (stream.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    end += target.write(buffer, end);
                }
            }
        }
        return new FileRange(target, start, end - start);
    }

    private FileChannel file() throws IOException {
        if (file == null) {
            Path path = Files.createTempFile("stsw-", ".inflated");
            file = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
