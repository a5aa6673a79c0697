package dev.stsw.torch;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * What to read from a checkpoint, and how far to trust it. Immutable; each {@code with…} returns a changed copy.
 *
 * @param fileName what messages call the file; {@code checkpoint} unless given
 * @param key dotted path to the state dict, such as {@code model.ema}; empty: {@code state_dict}, {@code model} or
 *     {@code module} where the file has one, else the whole file
 * @param stripPrefix removed from the front of the names that begin with it; empty: nothing is
 * @param shared what to do with a tensor that is saved under several names
 * @param strict whether to refuse files that name classes or functions outside of torch's own allow-list
 * @param maxOutputBytes limit on the bytes of all tensors together; empty: twice the file's size and 64 MiB
 * @param crc32 whether to compare the CRC-32 of zip records where they have one; torch does not
 * @param filter which tensors to read, by name (after the prefix is stripped); the others are reported as dropped
 */
public record CheckpointOptions(
        String fileName,
        Optional<String> key,
        String stripPrefix,
        Shared shared,
        boolean strict,
        OptionalLong maxOutputBytes,
        boolean crc32,
        Predicate<String> filter) {

    /** What to do with a tensor that is saved under several names, such as tied embeddings. */
    public enum Shared {
        /**
         * Keep the smallest of the names, and record the others in the metadata as {@code removed -> kept}, as the
         * reference's converter does.
         */
        KEEP_FIRST,
        /** Give out the bytes under each name. */
        DUPLICATE,
        /** Refuse the file. */
        ERROR
    }

    private static final CheckpointOptions DEFAULTS = new CheckpointOptions(
            "checkpoint", Optional.empty(), "", Shared.KEEP_FIRST, false, OptionalLong.empty(), true, name -> true);

    /** Checks that nothing is missing. */
    public CheckpointOptions {
        Objects.requireNonNull(fileName);
        Objects.requireNonNull(key);
        Objects.requireNonNull(stripPrefix);
        Objects.requireNonNull(shared);
        Objects.requireNonNull(maxOutputBytes);
        Objects.requireNonNull(filter);
        if (maxOutputBytes.orElse(0) < 0) {
            throw new IllegalArgumentException("negative output limit: " + maxOutputBytes.getAsLong());
        }
    }

    /** The whole state dict, found by itself; shared tensors once; unknown classes reported, not refused. */
    public static CheckpointOptions defaults() {
        return DEFAULTS;
    }

    /** With this name of the file in messages. */
    public CheckpointOptions withFileName(String name) {
        return new CheckpointOptions(name, key, stripPrefix, shared, strict, maxOutputBytes, crc32, filter);
    }

    /** With the state dict at this dotted path; the empty path is the whole file. */
    public CheckpointOptions withKey(String path) {
        return new CheckpointOptions(
                fileName, Optional.of(path), stripPrefix, shared, strict, maxOutputBytes, crc32, filter);
    }

    /** With this prefix removed from names. */
    public CheckpointOptions withStripPrefix(String prefix) {
        return new CheckpointOptions(fileName, key, prefix, shared, strict, maxOutputBytes, crc32, filter);
    }

    /** With this treatment of shared tensors. */
    public CheckpointOptions withShared(Shared treatment) {
        return new CheckpointOptions(fileName, key, stripPrefix, treatment, strict, maxOutputBytes, crc32, filter);
    }

    /** With files refused that name anything outside of torch's allow-list. */
    public CheckpointOptions withStrict(boolean on) {
        return new CheckpointOptions(fileName, key, stripPrefix, shared, on, maxOutputBytes, crc32, filter);
    }

    /** With this limit on the bytes of all tensors together. */
    public CheckpointOptions withMaxOutputBytes(long bytes) {
        return new CheckpointOptions(fileName, key, stripPrefix, shared, strict, OptionalLong.of(bytes), crc32, filter);
    }

    /** With the CRC-32 of zip records compared or not: off reads damaged files as torch does. */
    public CheckpointOptions withCrc32(boolean on) {
        return new CheckpointOptions(fileName, key, stripPrefix, shared, strict, maxOutputBytes, on, filter);
    }

    /** With only those tensors whose names pass. */
    public CheckpointOptions withFilter(Predicate<String> names) {
        return new CheckpointOptions(fileName, key, stripPrefix, shared, strict, maxOutputBytes, crc32, names);
    }

    /** A checkpoint's views share and repeat bytes, but hardly to more than twice its size. */
    long maxOutputBytes(long fileSize) {
        return maxOutputBytes.orElse(2 * Math.min(fileSize, Long.MAX_VALUE / 4) + (64 << 20));
    }
}
