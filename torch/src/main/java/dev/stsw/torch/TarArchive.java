package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The members of a tar file: POSIX ustar, with those extensions of POSIX and GNU that say names and sizes. */
final class TarArchive {
    private static final int BLOCK = 512;
    private static final int MOST_MEMBERS = 1000;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;
    private static final int PREFIX_AT = 345;

    /** GNU's entry before one whose name is longer than 100 bytes: that name. */
    private static final byte LONG_NAME = 'L';

    /** POSIX' entry of the year 2001 with more about the next one. */
    private static final byte EXTENDED = 'x';

    private static final int LONGEST_EXTENSION = 1 << 16;

    /** A line of such an entry: its length, the name of the field, its value. Sizes beyond 8 GiB come so, too. */
    private static final Pattern FIELD = Pattern.compile("(?:^|\n)\\d+ (path|size)=([^\n]*)");

    private TarArchive() {}

    /** Whether these first bytes of a file are a tar header. */
    static boolean isHeader(ByteBuffer block) {
        return block.remaining() >= BLOCK && checksum(block) == number(block, 148, 8);
    }

    static Map<String, FileRange> members(SeekableByteChannel channel) throws IOException {
        Map<String, FileRange> members = new LinkedHashMap<>();
        long size = channel.size();
        long at = 0;
        Extension extension = Extension.NONE;
        for (int entries = 0; size - at >= BLOCK; entries++) {
            ByteBuffer header = ZipDirectory.read(channel, at, BLOCK);
            if (header.get(0) == 0) {
                break; // The archive ends with empty blocks.
            }
            long length = extension.size >= 0 ? extension.size : number(header, 124, 12);
            if (checksum(header) != number(header, 148, 8) || length < 0 || length > size - at - BLOCK) {
                throw new CheckpointException(Kind.CORRUPT, "a damaged tar archive: no sound header at byte " + at);
            }
            if (entries > MOST_MEMBERS) {
                throw new CheckpointException(
                        Kind.NOT_A_CHECKPOINT, "a tar archive, but not one of torch: it has too many members");
            }
            byte type = header.get(TYPE_AT);
            FileRange data = new FileRange(channel, at + BLOCK, length);
            boolean more = type == LONG_NAME || type == EXTENDED;
            if (type == '0' || type == 0) {
                String name = extension.name.isEmpty() ? name(header) : extension.name;
                if (members.put(name, data) != null) {
                    throw new CheckpointException(
                            Kind.HOSTILE, "refused tar archive: " + Quote.text(name) + " occurs twice");
                }
            }
            extension = more ? Extension.read(data, type) : Extension.NONE;
            at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
        }
        return members;
    }

    /**
     * What one entry says about the next, because it does not fit there.
     *
     * @param name its name; empty if it says nothing of that
     * @param size its size in bytes; -1 likewise
     */
    private record Extension(String name, long size) {
        static final Extension NONE = new Extension("", -1);

        static Extension read(FileRange data, byte type) throws IOException {
            if (data.length() > LONGEST_EXTENSION) {
                throw new CheckpointException(Kind.LIMIT, "a tar archive with a name of " + data.length() + " bytes");
            }
            byte[] bytes = Streams.all(Blob.of("tar entry", data));
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (type == LONG_NAME) {
                return new Extension(text.replaceAll("\0.*", ""), -1);
            }
            String name = "";
            long size = -1;
            for (Matcher field = FIELD.matcher(text); field.find(); ) {
                if (field.group(1).equals("path")) {
                    name = field.group(2);
                } else if (field.group(2).matches("\\d{1,18}")) {
                    size = Long.parseLong(field.group(2));
                }
            }
            return new Extension(name, size);
        }
    }

    private static String name(ByteBuffer header) {
        boolean ustar = text(header, MAGIC_AT, 6).equals("ustar");
        String prefix = ustar ? text(header, PREFIX_AT, 155) : "";
        return (prefix.isEmpty() ? "" : prefix + "/") + text(header, 0, 100);
    }

    /** Up to the first zero byte. */
    private static String text(ByteBuffer header, int at, int most) {
        byte[] bytes = new byte[most];
        header.get(at, bytes);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Sum of all bytes, those of the checksum itself taken as spaces. */
    private static long checksum(ByteBuffer header) {
        long sum = 8 * ' ';
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? 0 : header.get(header.position() + i) & 0xff;
        }
        return sum;
    }

    /** An octal number between spaces and zeros, or a binary one where the first bit says so; -1 for neither. */
    private static long number(ByteBuffer header, int at, int length) {
        int first = header.position() + at;
        long value = 0;
        if ((header.get(first) & 0x80) != 0) {
            for (int i = length - 8; i < length; i++) {
                value = value << 8 | (header.get(first + i) & 0xff);
            }
            return value;
        }
        boolean started = false;
        for (int i = 0; i < length; i++) {
            int c = header.get(first + i);
            if (c >= '0' && c <= '7') {
                value = value * 8 + c - '0';
                started = true;
            } else if (c != ' ' && c != 0) {
                return -1;
            } else if (started) {
                break;
            }
        }
        return started ? value : -1;
    }
}
