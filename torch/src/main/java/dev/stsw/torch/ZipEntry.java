package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One entry as the central directory lists it (APPNOTE 4.3.12), and as it must then lie in the file.
 *
 * @param name its path in the archive
 * @param flags general purpose bits
 * @param method 0 stored, 8 deflated
 * @param crc32 of the inflated bytes; 0 where torch was told not to compute it
 * @param storedSize bytes in the file
 * @param size bytes when inflated
 * @param header bytes from the start of the file to the local header
 */
record ZipEntry(String name, int flags, int method, long crc32, long storedSize, long size, long header) {
    private static final int CENTRAL = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final long SMALL = 0xffff_ffffL;

    private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
    private static final int DESCRIPTOR = 1 << 3;
    private static final int PATCH = 1 << 5;

    /** Reads the next entry of a central directory. */
    static ZipEntry read(Input in) throws IOException {
        if (in.remaining() < 46 || in.i32() != CENTRAL) {
            throw in.fault(Kind.CORRUPT, "no entry of a zip directory");
        }
        in.skip(4); // versions
        int flags = in.u16();
        int method = in.u16();
        in.skip(4); // time
        long crc32 = in.u32();
        long storedSize = in.u32();
        long size = in.u32();
        int nameBytes = in.u16();
        int extraBytes = in.u16();
        int commentBytes = in.u16();
        int disk = in.u16();
        in.skip(6); // attributes
        long header = in.u32();
        String name = text(in.bytes(nameBytes));
        ByteBuffer extra = ByteBuffer.wrap(in.bytes(extraBytes)).order(ByteOrder.LITTLE_ENDIAN);
        in.skip(commentBytes);
        Zip64 large = Zip64.find(extra, name);
        ZipEntry entry = new ZipEntry(
                name,
                flags,
                method,
                crc32,
                storedSize == SMALL ? large.take(size == SMALL ? 1 : 0) : storedSize,
                size == SMALL ? large.take(0) : size,
                header == SMALL ? large.take((size == SMALL ? 1 : 0) + (storedSize == SMALL ? 1 : 0)) : header);
        if (disk != 0) {
            throw ZipDirectory.corrupt("it is split over several disks");
        }
        return entry.checked();
    }

    private ZipEntry checked() throws CheckpointException {
        if ((flags & ENCRYPTED) != 0) {
            throw fault(Kind.UNSUPPORTED, "is encrypted");
        }
        if ((flags & PATCH) != 0 || (method != 0 && method != 8)) {
            throw fault(
                    Kind.UNSUPPORTED, "is compressed by method " + method + ", expected stored (0) or deflated (8)");
        }
        if (storedSize < 0 || size < 0 || header < 0) {
            throw fault(Kind.CORRUPT, "claims a negative size or place");
        }
        if (method == 0 && storedSize != size) {
            throw fault(Kind.CORRUPT, "is stored, but claims " + storedSize + " bytes in the file for " + size);
        }
        return this;
    }

    /** A folder, which some tools list. */
    boolean isFolder() {
        return name.endsWith("/") && size == 0;
    }

    /** Where its bytes lie, after comparing its local header with the directory. */
    Blob locate(SeekableByteChannel channel, long end) throws IOException {
        if (header > end - LOCAL_BYTES) {
            throw fault(Kind.CORRUPT, "begins at byte " + header + ", beyond byte " + (end - LOCAL_BYTES));
        }
        ByteBuffer local = ZipDirectory.read(channel, header, LOCAL_BYTES);
        int nameBytes = local.getShort(26) & 0xffff;
        int extraBytes = local.getShort(28) & 0xffff;
        long data = header + LOCAL_BYTES + nameBytes + extraBytes;
        if (local.getInt(0) != LOCAL || data > end || storedSize > end - data) {
            throw fault(Kind.CORRUPT, "at byte " + header + " does not fit before byte " + end);
        }
        ByteBuffer rest = ZipDirectory.read(channel, header + LOCAL_BYTES, nameBytes + extraBytes);
        byte[] localName = new byte[nameBytes];
        rest.get(localName);
        if (!text(localName).equals(name)) {
            throw fault(Kind.HOSTILE, "is called " + Quote.text(text(localName)) + " in its own header");
        }
        if ((local.getShort(6) & ENCRYPTED) != 0 || (local.getShort(8) & 0xffff) != method) {
            throw fault(Kind.HOSTILE, "is encrypted or compressed differently in its own header");
        }
        requireSameSizes(local, rest.slice().order(ByteOrder.LITTLE_ENDIAN));
        return new Blob(
                name,
                new FileRange(channel, data, storedSize),
                method == 8 ? Coding.DEFLATED : Coding.STORED,
                size,
                crc32);
    }

    /** Streaming writers (torch too) leave the sizes in the local header 0 and append them behind the data. */
    private void requireSameSizes(ByteBuffer local, ByteBuffer extra) throws CheckpointException {
        long localCrc = local.getInt(14) & SMALL;
        long localStored = local.getInt(18) & SMALL;
        long localSize = local.getInt(22) & SMALL;
        boolean later = (local.getShort(6) & DESCRIPTOR) != 0;
        if (localSize == SMALL || localStored == SMALL) {
            Zip64 large = Zip64.find(extra, name);
            localStored = localStored == SMALL ? large.take(localSize == SMALL ? 1 : 0) : localStored;
            localSize = localSize == SMALL ? large.take(0) : localSize;
        }
        boolean none = later && localStored == 0 && localSize == 0;
        if (!none && (localStored != storedSize || localSize != size)) {
            throw fault(
                    Kind.HOSTILE,
                    String.format(
                            Locale.ROOT,
                            "has %d bytes (%d in the file) by the directory, but %d (%d) by its own header",
                            size,
                            storedSize,
                            localSize,
                            localStored));
        }
        if (!later && localCrc != crc32) {
            throw fault(Kind.CORRUPT, String.format(Locale.ROOT, "has two CRC-32: %08x and %08x", crc32, localCrc));
        }
    }

    CheckpointException fault(Kind kind, String problem) {
        return new CheckpointException(kind, "zip entry " + Quote.text(name) + " " + problem);
    }

    private static String text(byte[] bytes) throws CheckpointException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ZipDirectory.corrupt("the name of an entry is not UTF-8");
        }
    }

    /** The extra field with 64-bit values (APPNOTE 4.5.3), of which only those are there that did not fit elsewhere. */
    private record Zip64(ByteBuffer values, String name) {
        private static final int ID = 1;

        static Zip64 find(ByteBuffer extra, String name) throws CheckpointException {
            ByteBuffer found = ByteBuffer.allocate(0);
            int at = 0;
            // What is too short for a field is padding, as other readers take it.
            while (extra.limit() - at >= 4) {
                int id = extra.getShort(at) & 0xffff;
                int length = extra.getShort(at + 2) & 0xffff;
                if (length > extra.limit() - at - 4) {
                    break;
                }
                if (id == ID) {
                    if (found.limit() > 0) {
                        throw ZipDirectory.hostile("entry " + Quote.text(name) + " has two zip64 fields");
                    }
                    found = extra.slice(at + 4, length);
                }
                at += 4 + length;
            }
            return new Zip64(found.order(ByteOrder.LITTLE_ENDIAN), name);
        }

        long take(int index) throws CheckpointException {
            if (values.limit() < 8 * (index + 1)) {
                throw ZipDirectory.corrupt("entry " + Quote.text(name) + " lacks its 64-bit sizes");
            }
            return values.getLong(8 * index);
        }
    }
}
