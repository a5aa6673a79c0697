package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;

/**
 * Where a zip archive's list of entries lies (APPNOTE 6.3.10, sections 4.3.14 to 4.3.16).
 *
 * <p>Strict, because torch, its scanners and other tools each resolve ambiguities differently: the archive must begin
 * where the file begins and end where it ends, and there must be only one end to find.
 *
 * @param start of the central directory, bytes from the start of the file
 * @param size of the central directory in bytes
 * @param entries how many it lists
 */
record ZipDirectory(long start, long size, long entries) {
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int END = 0x06054b50;
    private static final int LOCATOR = 0x07064b50;
    private static final int END64 = 0x06064b50;
    private static final int SMALLEST_ENTRY = 46;

    static ZipDirectory find(SeekableByteChannel channel) throws IOException {
        long fileSize = channel.size();
        int tailBytes = (int) Math.min(fileSize, END_BYTES + LONGEST_COMMENT + LOCATOR_BYTES);
        long tailStart = fileSize - tailBytes;
        ByteBuffer tail = read(channel, tailStart, tailBytes);
        int end = findEnd(tail);
        int disks = tail.getShort(end + 4) | tail.getShort(end + 6);
        int entriesHere = tail.getShort(end + 8) & 0xffff;
        int entries = tail.getShort(end + 10) & 0xffff;
        long size = tail.getInt(end + 12) & 0xffff_ffffL;
        long start = tail.getInt(end + 16) & 0xffff_ffffL;
        ZipDirectory small = new ZipDirectory(start, size, entries);
        boolean has64 = end >= LOCATOR_BYTES && tail.getInt(end - LOCATOR_BYTES) == LOCATOR;
        if ((disks != 0 && disks != 0xffff) || entriesHere != entries) {
            throw corrupt("it is split over several disks");
        }
        if (!has64) {
            return small.checked(tailStart + end);
        }
        long locator = tailStart + end - LOCATOR_BYTES;
        long end64 = tail.getLong(end - LOCATOR_BYTES + 8);
        if (end64 < 0 || end64 > locator - END64_BYTES) {
            throw corrupt("its zip64 end record at byte " + Long.toUnsignedString(end64) + " is not before byte "
                    + (locator - END64_BYTES));
        }
        return small.refined(read(channel, end64, END64_BYTES), end64, locator).checked(end64);
    }

    /** Index of the end record in the tail: the only one whose comment ends with the file. */
    private static int findEnd(ByteBuffer tail) throws CheckpointException {
        int found = -1;
        for (int at = tail.limit() - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END) {
                int comment = tail.getShort(at + 20) & 0xffff;
                if (at + END_BYTES + comment == tail.limit()) {
                    if (found >= 0) {
                        throw hostile("it has two ends; readers would disagree about its contents");
                    }
                    found = at;
                } else if (found >= 0 && at + END_BYTES + comment > found) {
                    // Another reader, searching differently, would take this one.
                    throw hostile("it has two ends; readers would disagree about its contents");
                }
            }
        }
        if (found < 0) {
            throw corrupt("it has no end record: the file is truncated, or data was appended to it");
        }
        return found;
    }

    /** The zip64 values, which the small ones must be equal to, or must leave to them. */
    private ZipDirectory refined(ByteBuffer end64, long position, long locator) throws CheckpointException {
        if (end64.getInt(0) != END64 || end64.getLong(4) != locator - position - 12) {
            throw corrupt("its zip64 end record is not where its locator says");
        }
        if (end64.getInt(16) != 0 || end64.getInt(20) != 0 || end64.getLong(24) != end64.getLong(32)) {
            throw corrupt("it is split over several disks");
        }
        ZipDirectory large = new ZipDirectory(end64.getLong(48), end64.getLong(40), end64.getLong(32));
        boolean same = (entries == 0xffff || entries == large.entries)
                && (size == 0xffff_ffffL || size == large.size)
                && (start == 0xffff_ffffL || start == large.start);
        if (!same) {
            throw hostile("its two end records disagree; readers would too");
        }
        return large;
    }

    /** Checks that the directory lies right before its end record, so that nothing is put before the archive. */
    private ZipDirectory checked(long endRecord) throws CheckpointException {
        if (start < 0 || size < 0 || start > endRecord || size != endRecord - start) {
            throw corrupt("its directory (bytes " + Long.toUnsignedString(start) + ", size "
                    + Long.toUnsignedString(size) + ") does not end at its end record, byte " + endRecord
                    + "; other data was put before or into it");
        }
        if (entries < 0 || entries > size / SMALLEST_ENTRY) {
            throw corrupt(
                    "it claims " + Long.toUnsignedString(entries) + " entries in a directory of " + size + " bytes");
        }
        return this;
    }

    static ByteBuffer read(SeekableByteChannel channel, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        new FileRange(channel, position, count).readFully(bytes, 0);
        return bytes.flip();
    }

    static CheckpointException corrupt(String problem) {
        return new CheckpointException(Kind.CORRUPT, "a damaged zip archive: " + problem);
    }

    static CheckpointException hostile(String problem) {
        return new CheckpointException(Kind.HOSTILE, "refused zip archive: " + problem);
    }
}
