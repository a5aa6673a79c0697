package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The members of a tar file (POSIX ustar, without its extensions: torch's names are short). */
final class TarArchive {
    private static final int BLOCK = 512;
    private static final int MOST_MEMBERS = 1000;

    private TarArchive() {}

    /** Whether these first bytes of a file are a tar header. */
    static boolean isHeader(ByteBuffer block) {
        return block.remaining() >= BLOCK && checksum(block) == number(block, 148, 8);
    }

    static Map<String, FileRange> members(SeekableByteChannel channel) throws IOException {
        Map<String, FileRange> members = new HashMap<>();
        long size = channel.size();
        long at = 0;
        while (size - at >= BLOCK) {
            ByteBuffer header = ZipDirectory.read(channel, at, BLOCK);
            if (header.get(0) == 0) {
                break; // The archive ends with empty blocks.
            }
            long length = number(header, 124, 12);
            if (checksum(header) != number(header, 148, 8) || length < 0 || length > size - at - BLOCK) {
                throw new CheckpointException(Kind.CORRUPT, "a damaged tar archive: no sound header at byte " + at);
            }
            String name = name(header);
            boolean plainFile = header.get(156) == '0' || header.get(156) == 0;
            FileRange data = new FileRange(channel, at + BLOCK, length);
            if (plainFile && members.put(name, data) != null) {
                throw new CheckpointException(
                        Kind.HOSTILE, "refused tar archive: " + Quote.text(name) + " occurs twice");
            }
            if (members.size() > MOST_MEMBERS) {
                throw new CheckpointException(
                        Kind.NOT_A_CHECKPOINT, "a tar archive, but not one of torch: it has too many members");
            }
            at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
        }
        return members;
    }

    private static String name(ByteBuffer header) {
        byte[] name = new byte[100];
        header.get(0, name);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.ISO_8859_1);
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
