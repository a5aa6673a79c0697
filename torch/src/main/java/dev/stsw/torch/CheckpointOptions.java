package dev.stsw.torch;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What to read from a checkpoint, and how far to trust it. Immutable; each {@code with…} returns a changed copy. */
public final class CheckpointOptions {

    /** What to do with a tensor that is saved under several names, such as tied embeddings. */
    public enum Shared {
        /**
         * Keep the name that comes first in the checkpoint, or first in {@link CheckpointOptions#withKept}, and record
         * the others in the metadata as {@code removed -> kept}. {@code save_pretrained} of transformers keeps the same.
         */
        KEEP_FIRST,
        /** Give out the bytes under each name. */
        DUPLICATE,
        /** Refuse the file. */
        ERROR
    }

    /** All settings, while they are put together. */
    private static final class Settings {
        private String fileName = "checkpoint";
        private Optional<String> key = Optional.empty();
        private String stripPrefix = "";
        private Shared shared = Shared.KEEP_FIRST;
        private List<String> kept = List.of();
        private boolean strict;
        private boolean widen;
        private OptionalLong maxOutputBytes = OptionalLong.empty();
        private boolean crc32 = true;
        private Predicate<String> filter = name -> true;
        private Optional<Path> scratchFolder = Optional.empty();
    }

    private static final CheckpointOptions DEFAULTS = new CheckpointOptions(new Settings());

    private final String fileName;
    private final Optional<String> key;
    private final String stripPrefix;
    private final Shared shared;
    private final List<String> kept;
    private final boolean strict;
    private final boolean widen;
    private final OptionalLong maxOutputBytes;
    private final boolean crc32;
    private final Predicate<String> filter;
    private final Optional<Path> scratchFolder;

    private CheckpointOptions(Settings settings) {
        fileName = Objects.requireNonNull(settings.fileName, "fileName");
        key = Objects.requireNonNull(settings.key, "key");
        stripPrefix = Objects.requireNonNull(settings.stripPrefix, "stripPrefix");
        shared = Objects.requireNonNull(settings.shared, "shared");
        kept = List.copyOf(settings.kept);
        strict = settings.strict;
        widen = settings.widen;
        maxOutputBytes = settings.maxOutputBytes;
        crc32 = settings.crc32;
        filter = Objects.requireNonNull(settings.filter, "filter");
        scratchFolder = Objects.requireNonNull(settings.scratchFolder, "scratchFolder");
        if (maxOutputBytes.orElse(0) < 0) {
            throw new IllegalArgumentException("negative output limit: " + maxOutputBytes.getAsLong());
        }
    }

    private CheckpointOptions with(Consumer<Settings> change) {
        Settings settings = new Settings();
        settings.fileName = fileName;
        settings.key = key;
        settings.stripPrefix = stripPrefix;
        settings.shared = shared;
        settings.kept = kept;
        settings.strict = strict;
        settings.widen = widen;
        settings.maxOutputBytes = maxOutputBytes;
        settings.crc32 = crc32;
        settings.filter = filter;
        settings.scratchFolder = scratchFolder;
        change.accept(settings);
        return new CheckpointOptions(settings);
    }

    /** The whole state dict, found by itself; shared tensors once; unknown classes reported, not refused. */
    public static CheckpointOptions defaults() {
        return DEFAULTS;
    }

    /** With this name of the file in messages; {@code checkpoint} unless given. */
    public CheckpointOptions withFileName(String name) {
        return with(settings -> settings.fileName = Objects.requireNonNull(name, "name"));
    }

    /**
     * With the state dict at this dotted path, such as {@code model.ema}; the empty path is the whole file. Without a
     * key it is found by itself.
     */
    public CheckpointOptions withKey(String path) {
        return with(settings -> settings.key = Optional.of(path));
    }

    /** With this removed from the front of the names that begin with it; empty: nothing is. */
    public CheckpointOptions withStripPrefix(String prefix) {
        return with(settings -> settings.stripPrefix = Objects.requireNonNull(prefix, "prefix"));
    }

    /** With this treatment of a tensor that is saved under several names. */
    public CheckpointOptions withShared(Shared treatment) {
        return with(settings -> settings.shared = Objects.requireNonNull(treatment, "treatment"));
    }

    /**
     * With {@link Shared#KEEP_FIRST}, and of a tensor that is saved under several names, the first of these kept; where
     * none is among them, the first in the checkpoint. Names are those after the prefix is stripped.
     */
    public CheckpointOptions withKept(List<String> names) {
        return with(settings -> {
            settings.shared = Shared.KEEP_FIRST;
            settings.kept = List.copyOf(names);
        });
    }

    /** With files refused that name classes or functions outside of torch's own allow-list. */
    public CheckpointOptions withStrict(boolean on) {
        return with(settings -> settings.strict = on);
    }

    /**
     * With tensors that safetensors has no form for given out in another that it has: complex128 rounded to C64; a
     * quantized tensor {@code w} as its codes (I8, U8 or I32), with {@code w_scale} and {@code w_zero_point}, which
     * broadcast: its values are {@code (w - w_zero_point) * w_scale}. Off, such tensors are refused.
     */
    public CheckpointOptions withWiden(boolean on) {
        return with(settings -> settings.widen = on);
    }

    /**
     * With this limit on the bytes of all tensors together, and on those of deflated storages that have to be unpacked;
     * else it is twice the file's size and 64 MiB. The work of reading the description grows with it, too.
     */
    public CheckpointOptions withMaxOutputBytes(long bytes) {
        return with(settings -> settings.maxOutputBytes = OptionalLong.of(bytes));
    }

    /**
     * With the CRC-32 of zip records compared where they have one, or not: off reads damaged files as torch does.
     *
     * <p>A record that is one tensor is compared while it is read, so that damage shows at its last byte. A record of
     * which tensors are only parts, or whose elements have to be put in another order, is read once for that before the
     * first of its tensors is given out.
     */
    public CheckpointOptions withCrc32(boolean on) {
        return with(settings -> settings.crc32 = on);
    }

    /** With only those tensors whose names (after the prefix is stripped) pass; the others are reported as dropped. */
    public CheckpointOptions withFilter(Predicate<String> names) {
        return with(settings -> settings.filter = Objects.requireNonNull(names, "names"));
    }

    /**
     * With this folder for deflated storages that have to be unpacked before they can be read; the one for temporary
     * files unless given. What is put there has no name, or is deleted when the checkpoint is closed.
     */
    public CheckpointOptions withScratchFolder(Path folder) {
        return with(settings -> settings.scratchFolder = Optional.of(folder));
    }

    /** What messages call the file. */
    public String fileName() {
        return fileName;
    }

    /** Dotted path to the state dict, if one was given. */
    public Optional<String> key() {
        return key;
    }

    /** What is removed from the front of names; empty: nothing. */
    public String stripPrefix() {
        return stripPrefix;
    }

    /** What to do with a tensor that is saved under several names. */
    public Shared shared() {
        return shared;
    }

    /** Which names of tensors that are saved under several are kept before others. */
    public List<String> kept() {
        return kept;
    }

    /** Whether files are refused that name classes or functions outside of torch's own allow-list. */
    public boolean strict() {
        return strict;
    }

    /** Whether tensors that safetensors has no form for are given out in another. */
    public boolean widen() {
        return widen;
    }

    /** Limit on the bytes of all tensors together, if one was given. */
    public OptionalLong maxOutputBytes() {
        return maxOutputBytes;
    }

    /** Whether the CRC-32 of zip records is compared where they have one. */
    public boolean crc32() {
        return crc32;
    }

    /** Which tensors to read, by name (after the prefix is stripped). */
    public Predicate<String> filter() {
        return filter;
    }

    /** Where deflated storages are unpacked, if a folder was given. */
    public Optional<Path> scratchFolder() {
        return scratchFolder;
    }

    /** For deflated storages of a file of this size. */
    Spool spool(long fileSize) {
        return new Spool(
                scratchFolder.orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir"))), maxOutputBytes(fileSize));
    }

    /** A checkpoint's views share and repeat bytes, but hardly to more than twice its size. */
    long maxOutputBytes(long fileSize) {
        return maxOutputBytes.orElse(2 * Math.min(fileSize, Long.MAX_VALUE / 4) + (64 << 20));
    }
}
