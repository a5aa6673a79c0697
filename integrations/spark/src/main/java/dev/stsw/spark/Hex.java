package dev.stsw.spark;

import dev.stsw.format.Checksums;
import java.nio.charset.StandardCharsets;

/** CRC-32s as reports have them. */
final class Hex {
    private Hex() {}

    /** 8 lower-case hex digits, as in files. */
    static String of(long crc32) {
        return new String(Checksums.digits(crc32), StandardCharsets.US_ASCII);
    }
}
