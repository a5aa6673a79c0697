package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Little-endian values from a stream, through a bounded buffer. Knows where it is, for messages. */
final class Input {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ByteStream stream;
    private final String what;
    private final ByteBuffer buffer;

    /** Reads {@code stream} from where it is; {@code what} names it in messages. */
    Input(ByteStream stream, String what) {
        this.stream = stream;
        this.what = what;
        int capacity = (int) Math.min(BUFFER_BYTES, Math.max(8, stream.remaining()));
        this.buffer =
                ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    }

    /** Bytes from the start of the stream. */
    long position() {
        return stream.size() - remaining();
    }

    long remaining() {
        return stream.remaining() + buffer.remaining();
    }

    int u8() throws IOException {
        if (!buffer.hasRemaining()) {
            need(1);
        }
        return buffer.get() & 0xff;
    }

    int u16() throws IOException {
        need(2);
        return buffer.getShort() & 0xffff;
    }

    int i32() throws IOException {
        need(4);
        return buffer.getInt();
    }

    long u32() throws IOException {
        return i32() & 0xffff_ffffL;
    }

    long i64() throws IOException {
        need(8);
        return buffer.getLong();
    }

    byte[] bytes(int count) throws IOException {
        // Checked before the array is made: a length in the file is only a claim.
        checkRemaining(count);
        byte[] bytes = new byte[count];
        int done = Math.min(count, buffer.remaining());
        buffer.get(bytes, 0, done);
        ByteBuffer rest = ByteBuffer.wrap(bytes, done, count - done);
        while (rest.hasRemaining()) {
            stream.read(rest);
        }
        return bytes;
    }

    void skip(long count) throws IOException {
        checkRemaining(count);
        int buffered = (int) Math.min(count, buffer.remaining());
        buffer.position(buffer.position() + buffered);
        if (count > buffered) {
            stream.skip(count - buffered);
        }
    }

    /** The bytes up to the next line feed, without it; null where that is more than {@code most} bytes away. */
    byte @Nullable [] line(int most) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = u8(); c != '\n'; c = u8()) {
            if (line.size() == most) {
                return null;
            }
            line.write(c);
        }
        return line.toByteArray();
    }

    /** The same, and without a line feed at the end of the last line. */
    byte @Nullable [] lineOrRest(int most) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (remaining() > 0) {
            int c = u8();
            if (c == '\n') {
                break;
            }
            if (line.size() == most) {
                return null;
            }
            line.write(c);
        }
        return line.toByteArray();
    }

    CheckpointException fault(Kind kind, String problem) {
        return new CheckpointException(kind, what + ", byte " + position() + ": " + problem);
    }

    private void checkRemaining(long count) throws CheckpointException {
        if (count < 0 || count > remaining()) {
            throw fault(
                    Kind.CORRUPT,
                    "expected " + Long.toUnsignedString(count) + " more bytes, but only " + remaining() + " remain");
        }
    }

    private void need(int count) throws IOException {
        if (buffer.remaining() >= count) {
            return;
        }
        checkRemaining(count);
        buffer.compact();
        while (buffer.position() < count) {
            stream.read(buffer);
        }
        buffer.flip();
    }
}
