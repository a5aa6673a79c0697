package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Byte strings of a pickle, and texts of old protocols that may stand for some: they are measured and left where they
 * lie, because they may be as large as the file.
 */
final class LongTexts {
    private static final int BLOCK_BYTES = 1 << 16;

    /** What one takes in the heap. */
    private static final int COST = 64;

    private final Input input;
    private final Origin origin;
    private final Budget budget;

    LongTexts(Input input, Origin origin, Budget budget) {
        this.input = input;
        this.origin = origin;
        this.budget = budget;
    }

    Bytes bytes(long start, long length) throws IOException {
        if (length > origin.bytes().length() - start) {
            input.skip(length); // It says best what is missing.
        }
        return place(start, length, Coding.STORED, length, false);
    }

    /** BINUNICODE of this length, which is next in the input. */
    Value utf8(long length) throws IOException {
        long start = input.position();
        if (length > input.remaining()) {
            input.skip(length);
        }
        TextBytes text = new TextBytes(Coding.LATIN1);
        byte[] decoded = new byte[BLOCK_BYTES];
        long size = 0;
        for (long left = length; left > 0; ) {
            byte[] block = input.bytes((int) Math.min(BLOCK_BYTES, left));
            left -= block.length;
            int count = text.decode(block, 0, block.length, decoded);
            if (count == TextBytes.WRONG) {
                input.skip(left);
                return Atom.LONG_TEXT;
            }
            size += count;
        }
        return text.isComplete() ? place(start, length, Coding.LATIN1, size, true) : Atom.LONG_TEXT;
    }

    /** The same for bytes that were just read; null if they can stand for none. */
    @Nullable
    Bytes utf8(byte[] bytes) throws CheckpointException {
        long size = size(bytes, 0, bytes.length, Coding.LATIN1);
        return size < 0 ? null : place(input.position() - bytes.length, bytes.length, Coding.LATIN1, size, true);
    }

    /** UNICODE: a line that begins at {@code start}, of which the input has read a part. */
    Value line(long start) throws IOException {
        long length = skipLine(start);
        long size = size(start, length, Coding.RAW_UNICODE_ESCAPE);
        return size < 0 ? Atom.LONG_TEXT : place(start, length, Coding.RAW_UNICODE_ESCAPE, size, true);
    }

    /** STRING: a line with a literal of Python 2, as before. */
    Value literal(long start) throws IOException {
        long length = skipLine(start);
        byte[] ends = new byte[2];
        origin.bytes().readFully(ByteBuffer.wrap(ends, 0, 1), start);
        origin.bytes().readFully(ByteBuffer.wrap(ends, 1, 1), start + length - 1);
        if ((ends[0] != '\'' && ends[0] != '"') || ends[1] != ends[0]) {
            throw input.fault(Kind.CORRUPT, "not a sound pickle: a string without quotes");
        }
        long size = size(start + 1, length - 2, Coding.PYTHON2_LITERAL);
        return size < 0 ? Atom.BYTES : place(start + 1, length - 2, Coding.PYTHON2_LITERAL, size, false);
    }

    /** The same for a line that was read, with its quotes. */
    Value literal(long start, byte[] line) throws CheckpointException {
        long size = size(line, 1, line.length - 1, Coding.PYTHON2_LITERAL);
        return size < 0 ? Atom.BYTES : place(start + 1, line.length - 2, Coding.PYTHON2_LITERAL, size, false);
    }

    private Bytes place(long start, long stored, Coding coding, long size, boolean text) throws CheckpointException {
        budget.charge(COST);
        return new Bytes(origin, start, stored, coding, size, text);
    }

    /** Goes on behind the line's end, and returns how long it is without it. */
    private long skipLine(long start) throws IOException {
        while (input.u8() != '\n') {
            // Until its end, or an error because there is none.
        }
        return input.position() - start - 1;
    }

    /** How many bytes a text stands for; -1 if for none. */
    private long size(long start, long length, Coding coding) throws IOException {
        TextBytes text = new TextBytes(coding);
        ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, length));
        byte[] decoded = new byte[block.capacity()];
        long size = 0;
        try (ByteStream stream = origin.bytes().slice(start, length).stream()) {
            while (stream.read(block.clear()) >= 0) {
                int count = text.decode(block.array(), 0, block.position(), decoded);
                if (count == TextBytes.WRONG) {
                    return -1;
                }
                size += count;
            }
        }
        return text.isComplete() ? size : -1;
    }

    private static long size(byte[] bytes, int from, int to, Coding coding) {
        TextBytes text = new TextBytes(coding);
        int count = text.decode(bytes, from, to, new byte[to - from]);
        return count == TextBytes.WRONG || !text.isComplete() ? -1 : count;
    }
}
