package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Encoded bytes that must be read out of order, decoded into a temporary file, each once. Rare: torch does not deflate, only
 * people who zip again what torch has written; and then only transposed or shared tensors come here, and whole files
 * that lie in byte strings of an old pickle.
 *
 * <p>The file has no name: where the system can, it is unlinked as soon as it is open, so that nothing is left behind,
 * however the process ends.
 */
final class Spool implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path folder;
    private final long limit;
    private final Set<FileRange> reserved = new HashSet<>();
    private final Map<FileRange, FileRange> inflated = new HashMap<>();
    private long reservedBytes;
    private long end;
    private @Nullable FileChannel file;

    /**
     * @param folder where the file will lie, if one is needed
     * @param limit in bytes; deflate makes a thousand of one
     */
    Spool(Path folder, long limit) {
        this.folder = folder;
        this.limit = limit;
    }

    /** For what has nothing encoded in it. */
    static Spool none() {
        return new Spool(Path.of(System.getProperty("java.io.tmpdir")), 0);
    }

    /** Takes note that these bytes will be decoded, before any are: what is too much is refused at once. */
    synchronized void reserve(Blob blob) throws CheckpointException {
        if (reserved.add(blob.stored())) {
            if (blob.size() > limit - reservedBytes) {
                throw new CheckpointException(
                        Kind.LIMIT,
                        "its deflated storages, which must be read out of order, take more than " + limit
                                + " bytes of temporary space (up to " + Quote.text(blob.name()) + " of " + blob.size()
                                + " bytes); --max-output raises the limit");
            }
            reservedBytes += blob.size();
        }
    }

    /** The decoded bytes. */
    synchronized FileRange inflated(Blob blob) throws IOException {
        FileRange known = inflated.get(blob.stored());
        if (known == null) {
            reserve(blob);
            known = inflate(blob);
            inflated.put(blob.stored(), known);
            end += known.length(); // Not before: what a failed attempt left is written over.
        }
        return known;
    }

    private FileRange inflate(Blob blob) throws IOException {
        FileChannel target = file();
        long at = end;
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (ByteStream stream = blob.stream()) {
            while (stream.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    at += write(target, buffer, at);
                }
            }
        }
        return new FileRange(target, end, at - end);
    }

    private int write(FileChannel target, ByteBuffer bytes, long position) throws IOException {
        try {
            return target.write(bytes, position);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw fault(e);
        }
    }

    private FileChannel file() throws IOException {
        if (file == null) {
            try {
                file = open(Files.createTempFile(folder, ".stsw-", ".inflated"));
            } catch (IOException e) {
                throw fault(e);
            }
        }
        return file;
    }

    private static FileChannel open(Path path) throws IOException {
        try {
            return FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** Otherwise the checkpoint would be blamed. */
    private FileSystemException fault(IOException cause) {
        FileSystemException fault = new FileSystemException(
                folder.toString(), null, "cannot unpack a deflated storage there: " + cause.getMessage());
        fault.initCause(cause);
        return fault;
    }

    @Override
    public synchronized void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
