package dev.stsw.spark;

import java.io.Serializable;

/** How {@link Convert}, {@link Reshard} and {@link Cast} write. Immutable; each {@code with…} returns a changed copy. */
public final class OutputOptions implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final OutputOptions DEFAULTS = new OutputOptions(Long.MAX_VALUE, false);

    private final long maxShardBytes;
    private final boolean crc32;

    private OutputOptions(long maxShardBytes, boolean crc32) {
        this.maxShardBytes = maxShardBytes;
        this.crc32 = crc32;
    }

    /** One file a model, without checksums: the file that the reference would write. */
    public static OutputOptions defaults() {
        return DEFAULTS;
    }

    /** With at most so many bytes of tensors in a file, and an index beside; a tensor above it has a file to itself. */
    public OutputOptions withMaxShardBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a shard cannot be of " + bytes + " bytes");
        }
        return new OutputOptions(bytes, crc32);
    }

    /**
     * With the CRC-32 of each tensor in the header, or not. They stand before the data, and Hadoop's file systems only write
     * onwards: where the input has none, it is read twice.
     */
    public OutputOptions withCrc32(boolean on) {
        return new OutputOptions(maxShardBytes, on);
    }

    /** Bytes of tensors in a file at most; {@link Long#MAX_VALUE} for one file. */
    public long maxShardBytes() {
        return maxShardBytes;
    }

    /** Whether files carry checksums. */
    public boolean crc32() {
        return crc32;
    }

    static OutputOptions of(Arguments arguments) {
        OutputOptions options = DEFAULTS.withCrc32(arguments.has("crc32"));
        return arguments.has("max-shard-size")
                ? options.withMaxShardBytes(Sizes.parse("--max-shard-size", arguments.get("max-shard-size")))
                : options;
    }
}
