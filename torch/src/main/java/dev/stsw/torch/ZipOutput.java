package dev.stsw.torch;

import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Writes a zip archive of stored members, byte for byte as Python's {@code zipfile} does where each member is opened with
 * {@code force_zip64}, as {@code numpy.savez} opens them (APPNOTE 6.3.9 where it is silent). For one thread.
 *
 * <p>The size of a member need not be known when it begins: sizes and CRC-32 are put into its header afterwards, or behind it
 * where the channel has no positions.
 */
final class ZipOutput {
    /** What zipfile keeps in 32 bits, {@code ZIP64_LIMIT}. */
    private static final long MOST_IN_32_BITS = Integer.MAX_VALUE;

    private static final int MOST_IN_16_BITS = 0xffff;
    private static final int ALL_ONES = -1;

    private static final int LOCAL = 0x04034b50;
    private static final int DESCRIPTOR = 0x08074b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int END = 0x06054b50;

    private static final short ZIP64 = 1;
    private static final short VERSION_64 = 45;
    private static final short UNIX = 3;
    private static final short DESCRIPTOR_FOLLOWS = 1 << 3;
    private static final short UTF_8 = 1 << 11;
    private static final short MIDNIGHT = 0;
    private static final short FIRST_OF_1980 = 1 << 5 | 1;
    private static final int OWNER_READS_AND_WRITES = 0600 << 16;

    private final WritableByteChannel out;
    private final @Nullable SeekableByteChannel positioned;
    private final List<Member> members = new ArrayList<>();
    /** Of the next byte, from the start of the file. */
    private long position;

    private String member = "";
    private byte[] name = {};
    private long start;
    private long size;
    private final CRC32 crc = new CRC32();

    private record Member(String name, short flags, int crc, long size, long start) {}

    ZipOutput(WritableByteChannel out) throws IOException {
        this.out = out;
        this.positioned = positioned(out);
        this.position = positioned == null ? 0 : positioned.position();
    }

    /** The channel, if it can go back: that of a pipe says no only when it is asked. */
    private static @Nullable SeekableByteChannel positioned(WritableByteChannel channel) {
        if (channel instanceof SeekableByteChannel seekable) {
            try {
                return seekable.position(seekable.position());
            } catch (IOException e) {
                return null;
            }
        }
        return null;
    }

    /** @throws IllegalArgumentException if no member can be called so */
    static void requireName(String name) {
        if (name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "member " + TensorSpec.quote(name) + ": a name in a zip archive ends at its first NUL");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MOST_IN_16_BITS) {
            throw new IllegalArgumentException("member " + TensorSpec.quote(name) + ": its name takes " + bytes
                    + " bytes, more than the " + MOST_IN_16_BITS + " of a zip archive");
        }
    }

    /** Begins a member; the one before has ended. */
    void begin(String memberName) throws IOException {
        requireName(memberName);
        member = memberName;
        name = memberName.getBytes(StandardCharsets.UTF_8);
        start = position;
        size = 0;
        crc.reset();
        append(localHeader(0));
    }

    /** Appends the buffer's remaining bytes, which lie in no mapped file, to the member. */
    void write(ByteBuffer bytes) throws IOException {
        size += bytes.remaining();
        crc.update(bytes.duplicate());
        append(bytes);
    }

    /** Ends the member. */
    void end() throws IOException {
        int sum = (int) crc.getValue();
        members.add(new Member(member, flags(), sum, size, start));
        if (positioned == null) {
            append(little(24)
                    .putInt(DESCRIPTOR)
                    .putInt(sum)
                    .putLong(size)
                    .putLong(size)
                    .flip());
            return;
        }
        ByteBuffer header = localHeader(sum);
        long after = start + header.remaining();
        positioned.position(start);
        writeAll(positioned, header);
        if (positioned.position() != after) {
            throw new IOException("the file was opened for appending; a zip archive cannot be written to it");
        }
        positioned.position(position);
    }

    private short flags() {
        int flags = positioned == null ? DESCRIPTOR_FOLLOWS : 0;
        for (byte character : name) {
            if (character < 0) {
                return (short) (flags | UTF_8);
            }
        }
        return (short) flags;
    }

    private ByteBuffer localHeader(int sum) {
        return little(50 + name.length)
                .putInt(LOCAL)
                .putShort(VERSION_64)
                .putShort(flags())
                .putShort((short) 0) // Stored.
                .putShort(MIDNIGHT)
                .putShort(FIRST_OF_1980)
                .putInt(sum)
                .putInt(ALL_ONES)
                .putInt(ALL_ONES)
                .putShort((short) name.length)
                .putShort((short) 20)
                .put(name)
                .putShort(ZIP64)
                .putShort((short) 16)
                .putLong(size)
                .putLong(size)
                .flip();
    }

    /** Writes the directory, which ends the archive. */
    void finish() throws IOException {
        long directory = position;
        ByteBuffer batch = little(1 << 18); // More than the longest entry.
        for (Member entry : members) {
            byte[] bytes = entry.name.getBytes(StandardCharsets.UTF_8);
            if (batch.remaining() < 100 + bytes.length) {
                append(batch.flip());
                batch.clear();
            }
            put(entry, bytes, batch);
        }
        append(batch.flip());
        long length = position - directory;
        if (members.size() > MOST_IN_16_BITS || directory > MOST_IN_32_BITS || length > MOST_IN_32_BITS) {
            append64(directory, length);
        }
        short count = (short) Math.min(members.size(), MOST_IN_16_BITS);
        append(little(22)
                .putInt(END)
                .putInt(0) // One disk.
                .putShort(count)
                .putShort(count)
                .putInt(low(length))
                .putInt(low(directory))
                .putShort((short) 0)
                .flip());
    }

    private static void put(Member entry, byte[] name, ByteBuffer batch) {
        boolean large = entry.size > MOST_IN_32_BITS;
        boolean far = entry.start > MOST_IN_32_BITS;
        int extra = (large ? 16 : 0) + (far ? 8 : 0);
        batch.putInt(CENTRAL)
                .put((byte) VERSION_64)
                .put((byte) UNIX)
                .putShort(VERSION_64)
                .putShort(entry.flags)
                .putShort((short) 0)
                .putShort(MIDNIGHT)
                .putShort(FIRST_OF_1980)
                .putInt(entry.crc)
                .putInt(large ? ALL_ONES : (int) entry.size)
                .putInt(large ? ALL_ONES : (int) entry.size)
                .putShort((short) name.length)
                .putShort((short) (extra == 0 ? 0 : 4 + extra))
                .putShort((short) 0) // No comment,
                .putShort((short) 0) // on the first disk,
                .putShort((short) 0) // no text.
                .putInt(OWNER_READS_AND_WRITES)
                .putInt(far ? ALL_ONES : (int) entry.start)
                .put(name);
        if (extra > 0) {
            batch.putShort(ZIP64).putShort((short) extra);
        }
        if (large) {
            batch.putLong(entry.size).putLong(entry.size);
        }
        if (far) {
            batch.putLong(entry.start);
        }
    }

    private void append64(long directory, long length) throws IOException {
        long record = position;
        append(little(76)
                .putInt(END_64)
                .putLong(44)
                .putShort(VERSION_64)
                .putShort(VERSION_64)
                .putLong(0) // One disk.
                .putLong(members.size())
                .putLong(members.size())
                .putLong(length)
                .putLong(directory)
                .putInt(LOCATOR_64)
                .putInt(0)
                .putLong(record)
                .putInt(1)
                .flip());
    }

    /** As zipfile cuts it: what fits into 32 bits stays, though the record of 64 bits is there. */
    private static int low(long value) {
        return (int) Math.min(value, 0xffffffffL);
    }

    private void append(ByteBuffer bytes) throws IOException {
        position += bytes.remaining();
        writeAll(out, bytes);
    }

    static void writeAll(WritableByteChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
