package dev.stsw.cli;

import dev.stsw.format.FileFormat;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.LegacyHeader;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Input that can be read once, from its beginning to its end: stdin, a FIFO, a device, or a file of `/proc`, which has
/// content but no size. Knows where it is, for messages.
final class Pipe implements ReadableByteChannel {
    private static final String STDIN = "-";

    private final String name;
    private final ReadableByteChannel channel;
    private final ByteBuffer start;
    private long position;
    private @Nullable MessageDigest digest;
    /// What the whole file must have, once the header is known.
    private long expected = -1;

    private Pipe(String name, ReadableByteChannel channel, ByteBuffer start) {
        this.name = name;
        this.channel = channel;
        this.start = start;
    }

    /// Whether a file is of that kind. An empty file is, too: only reading tells it from one of `/proc`.
    static boolean is(Path file) throws IOException {
        if (isStdin(file)) {
            return true;
        }
        if (!Files.exists(file)) {
            return false; // Whoever opens it says so.
        }
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.isOther() || (attributes.isRegularFile() && attributes.size() == 0);
    }

    private static boolean isStdin(Path file) {
        return file.toString().equals(STDIN);
    }

    /// Waits for the other end of a FIFO, and for its first bytes.
    @SuppressWarnings("resource") // Closed with the pipe.
    static Pipe open(Path file) throws IOException {
        return of(
                file.toString(),
                isStdin(file) ? new FileInputStream(FileDescriptor.in).getChannel() : Files.newByteChannel(file));
    }

    /// Anything that can be read once. It is closed with the pipe, or if this fails.
    static Pipe of(String name, ReadableByteChannel channel) throws IOException {
        try {
            ByteBuffer start = ByteBuffer.allocate(FileKind.LOOK_AT).order(ByteOrder.LITTLE_ENDIAN);
            while (start.hasRemaining() && channel.read(start) >= 0) {}
            FileKind.requireUnpacked(start.flip(), name);
            return new Pipe(name, channel, start);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// For messages.
    String name() {
        return name;
    }

    /// The first bytes, whether they were read or not.
    private ByteBuffer beginning() {
        return start.slice(0, start.limit());
    }

    /// What it is, where that is nothing to read.
    String describe() {
        return FileFormat.of(beginning()).describe(beginning());
    }

    FileKind kind() {
        return FileKind.of(beginning());
    }

    /// @param kept all that came through it
    FileKind kind(SeekableByteChannel kept) throws IOException {
        return FileKind.of(beginning(), kept);
    }

    /// Lets a digest see all bytes that are read from now on.
    void tellAll(MessageDigest another) {
        digest = another;
    }

    /// Bytes that were read so far.
    long position() {
        return position;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        int begin = to.position();
        int count;
        if (start.hasRemaining()) {
            count = Math.min(start.remaining(), to.remaining());
            to.put(start.slice(start.position(), count));
            start.position(start.position() + count);
        } else {
            count = channel.read(to);
        }
        position += Math.max(count, 0);
        if (digest != null) {
            digest.update(to.duplicate().flip().position(begin));
        }
        return count;
    }

    /// Reads the header of a safetensors file; the data is next. How long the file should be follows from the header
    /// alone: the tensors leave no holes.
    ///
    /// @throws HeaderException if there is none
    Header header() throws IOException {
        try {
            byte[] bytes = headerBytes();
            long size = LegacyHeader.wrap(bytes, Long.MAX_VALUE).tensors().stream()
                            .mapToLong(TensorMeta::offsetEnd)
                            .max()
                            .orElse(0)
                    + bytes.length;
            expected = size;
            return Header.wrap(bytes, size);
        } catch (HeaderException e) {
            throw e.in(name);
        }
    }

    private byte[] headerBytes() throws IOException {
        boolean isAll = start.limit() < start.capacity();
        int length = Header.jsonLength(start, isAll ? start.limit() : Long.MAX_VALUE) + Header.PREFIX_BYTES;
        // Grows with what arrives: the length is only a claim.
        byte[] bytes = new byte[Math.min(length, 1 << 16)];
        for (int done = 0; done < length; ) {
            if (done == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * done));
            }
            int count = read(ByteBuffer.wrap(bytes, done, bytes.length - done));
            if (count < 0) {
                throw ended("header (bytes 8.." + length + ")");
            }
            done += count;
        }
        return bytes;
    }

    /// It ended within a tensor's bytes.
    HeaderException ended(TensorMeta tensor) {
        return ended("tensor " + TensorSpec.quote(tensor.name()) + " (bytes " + tensor.offsetBegin() + ".."
                + tensor.offsetEnd() + " of the data)");
    }

    private HeaderException ended(String within) {
        return new HeaderException(
                name,
                Fault.TRUNCATED,
                within + ": it ends at byte " + position + ": it is truncated"
                        + (expected < 0 ? "" : ", and should have " + expected + " bytes"));
    }

    /// @throws HeaderException if anything follows
    void requireEnd() throws IOException {
        long end = position;
        if (read(ByteBuffer.allocate(1)) > 0) {
            throw new HeaderException(
                    name,
                    Fault.NOT_COVERED,
                    "the tensors end at byte " + end + ", but it goes on: what follows belongs to none");
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
