package dev.stsw.cli;

import dev.stsw.stream.Aside;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A temporary file that has no name: it is unlinked as soon as it is open (elsewhere than on POSIX systems, when it is
/// closed), so that nothing is left behind, however the process ends.
final class Scratch implements Aside {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path folder;
    private final FileChannel file;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private Scratch(Path folder, FileChannel file) {
        this.folder = folder;
        this.file = file;
    }

    /// The folder of a file that is going to be written, where there should be room; otherwise that for temporary
    /// files.
    static Path folderOf(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        return folder != null && Files.isDirectory(folder) ? folder : usualFolder();
    }

    static Path usualFolder() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    static Scratch in(Path folder) throws IOException {
        try {
            Path path = Files.createTempFile(folder, ".stsw-", ".scratch");
            return new Scratch(
                    folder,
                    FileChannel.open(
                            path,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            throw fault(folder, e);
        }
    }

    @Override
    public long append(ReadableByteChannel bytes) throws IOException {
        long begin = file.size();
        long at = begin;
        while (bytes.read(buffer.clear()) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                at += write(at);
            }
        }
        return begin;
    }

    private int write(long at) throws IOException {
        try {
            return file.write(buffer, at);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw fault(folder, e);
        }
    }

    /// Otherwise the input would be blamed.
    private static IOException fault(Path folder, IOException cause) {
        String reason = cause instanceof AccessDeniedException ? "permission denied" : cause.getMessage();
        FileSystemException fault =
                new FileSystemException(folder.toString(), null, "cannot keep what comes through the pipe: " + reason);
        fault.initCause(cause);
        return fault;
    }

    /// All of it.
    FileChannel channel() {
        return file;
    }

    @Override
    public ReadableByteChannel range(long begin, long size) {
        return new ReadableByteChannel() {
            private long at = begin;

            @Override
            public int read(ByteBuffer to) throws IOException {
                if (at == begin + size) {
                    return -1;
                }
                int limit = to.limit();
                to.limit((int) Math.min(limit, to.position() + begin + size - at));
                int count = file.read(to, at);
                to.limit(limit);
                at += count;
                return count;
            }

            @Override
            public boolean isOpen() {
                return file.isOpen();
            }

            @Override
            public void close() {
                // The file serves other tensors, too.
            }
        };
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
