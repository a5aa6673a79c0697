package dev.stsw.format;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The checksum entry of one header: {@code "stsw.crc32": "hhhhhhhh aaaaaaaa bbbbbbbb …"} under {@code __metadata__}.
 *
 * <p>Groups of 8 lower-case hex digits, one space between: first the CRC-32 (zlib) of the length prefix and the whole
 * JSON with its padding, every digit of this entry taken as {@code 0}; then that of each tensor's bytes, in the order of
 * the header's entries. The width is fixed, so the digits can be filled in after the data. {@code docs/format.md} has
 * the layout in full.
 */
public final class Checksums {
    /** The entry's key under {@code __metadata__}. */
    public static final String KEY = "stsw.crc32";

    private static final int DIGITS = 8;
    private static final int GROUP = DIGITS + 1;
    private static final byte[] ZEROS = "00000000 ".getBytes(StandardCharsets.US_ASCII);
    private static final HexFormat HEX = HexFormat.of();

    private final int position;
    private final int count;
    private final @Nullable String problem;

    private Checksums(int position, int count, @Nullable String problem) {
        this.position = position;
        this.count = count;
        this.problem = problem;
    }

    /** The entry of a header under construction: digits of {@code tensors} checksums and the header's, from a position. */
    static Checksums placeholder(int position, int tensors) {
        return new Checksums(position, tensors + 1, null);
    }

    /** The entry that stands at {@code bytes[begin..end)} of a header with so many tensors. */
    static Checksums read(byte[] bytes, int begin, int end, int tensors) {
        int count = tensors + 1;
        if (end - begin != (long) count * GROUP - 1) {
            return new Checksums(
                    begin,
                    count,
                    "checksum entry '" + KEY + "' at byte " + begin + ": expected " + ((long) count * GROUP - 1)
                            + " characters for " + tensors + " tensors but found " + (end - begin));
        }
        for (int i = begin; i < end; i++) {
            boolean separator = (i - begin) % GROUP == DIGITS;
            if (separator ? bytes[i] != ' ' : !isDigit(bytes[i])) {
                return new Checksums(
                        begin,
                        count,
                        "checksum entry '" + KEY + "': expected " + (separator ? "a space" : "a lower-case hex digit")
                                + " at byte " + i + " but found 0x" + HEX.toHexDigits(bytes[i]));
            }
        }
        Checksums read = new Checksums(begin, count, null);
        long expected = read.stored(bytes, 0);
        long actual = read.ofHeader(bytes);
        return expected == actual
                ? read
                : new Checksums(
                        begin,
                        count,
                        String.format(
                                        Locale.ROOT,
                                        "header (bytes 0..%d): CRC-32 expected %08x but was %08x; it is damaged, or another program",
                                        bytes.length,
                                        expected,
                                        actual)
                                + " rewrote the file and left stale checksums behind");
    }

    private static boolean isDigit(byte b) {
        return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'f');
    }

    /** Whether the header's own CRC-32 holds, so that the tensors' can be trusted. */
    public boolean intact() {
        return problem == null;
    }

    /** What is wrong with the entry or with the header that it protects; empty where nothing is. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /** Bytes from the start of the file to the first digit of the header's CRC-32. */
    public long position() {
        return position;
    }

    /**
     * Bytes from the start of the file to the first digit of a tensor's CRC-32.
     *
     * @param tensor its index among the header's entries
     */
    public long position(int tensor) {
        return position + (long) GROUP * (Objects.checkIndex(tensor, count - 1) + 1);
    }

    /**
     * Fills all digits into a header's bytes.
     *
     * @param header as {@link Header#toBytes()} made it
     * @param tensors the CRC-32 of each tensor's bytes, in the order of the header's entries
     */
    public void seal(byte[] header, long[] tensors) {
        if (tensors.length != count - 1) {
            throw new IllegalArgumentException(tensors.length + " checksums for " + (count - 1) + " tensors");
        }
        for (int i = 0; i < tensors.length; i++) {
            System.arraycopy(digits(tensors[i]), 0, header, (int) position(i), DIGITS);
        }
        System.arraycopy(digits(ofHeader(header)), 0, header, position, DIGITS);
    }

    /** A CRC-32 as it stands in a file: 8 lower-case hex digits, in ASCII. */
    public static byte[] digits(long crc32) {
        return HEX.toHexDigits(crc32, DIGITS).getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * The CRC-32 of two ranges of bytes that follow each other, from theirs.
     *
     * @param secondLength bytes in the second range
     */
    public static long combine(long first, long second, long secondLength) {
        return Integer.toUnsignedLong(Crc32.combine((int) first, (int) second, secondLength));
    }

    /** The {@code group}-th checksum in a header's bytes; group 0 is the header's own. */
    long stored(byte[] header, int group) {
        long value = 0;
        for (int i = 0; i < DIGITS; i++) {
            value = value << 4 | Character.digit(header[position + group * GROUP + i], 16);
        }
        return value;
    }

    private long ofHeader(byte[] header) {
        CRC32 crc = new CRC32();
        crc.update(header, 0, position);
        for (int i = 1; i < count; i++) {
            crc.update(ZEROS, 0, GROUP);
        }
        crc.update(ZEROS, 0, DIGITS);
        int end = position + count * GROUP - 1;
        crc.update(header, end, header.length - end);
        return crc.getValue();
    }
}
