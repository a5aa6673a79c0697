package dev.stsw.format;

/** stub */
public final class Checksums {
    /** The key under {@code __metadata__}. */
    public static final String KEY = "stsw.crc32";

    private Checksums() {}
}
