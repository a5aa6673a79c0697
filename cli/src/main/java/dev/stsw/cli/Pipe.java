package dev.stsw.cli;

import dev.stsw.format.FileFormat;
import dev.stsw.stream.SequentialReader;
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
        return of(file.toString(), isStdin(file) ? stdin() : Files.newByteChannel(file));
    }

    private static ReadableByteChannel stdin() {
        FileInputStream stream = new FileInputStream(FileDescriptor.in);
        return Windows.isHere() ? new ReadAheadChannel(stream) : stream.getChannel();
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

    /// The safetensors file that comes through it.
    ///
    /// @throws dev.stsw.format.HeaderException if it is none
    SequentialReader reader() throws IOException {
        return SequentialReader.open(name, this);
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
