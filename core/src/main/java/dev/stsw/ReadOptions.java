package dev.stsw;

/// How a file is read. Immutable: each `with` method returns a changed copy.
public final class ReadOptions {
    private static final ReadOptions DEFAULTS = new ReadOptions(false, false, true);

    private final boolean verifyCrc;
    private final boolean requireCrc;
    private final boolean mmap;

    private ReadOptions(boolean verifyCrc, boolean requireCrc, boolean mmap) {
        this.verifyCrc = verifyCrc;
        this.requireCrc = requireCrc;
        this.mmap = mmap;
    }

    /// The file is mapped, and checksums are not looked at.
    public static ReadOptions defaults() {
        return DEFAULTS;
    }

    /// Whether the header's CRC-32 is checked when the file is opened, and each tensor's once, before its first access.
    /// A file without checksums is read as if this were off, unless they are [required][#withRequireCrc(boolean)].
    public ReadOptions withVerifyCrc(boolean on) {
        return new ReadOptions(on, requireCrc, mmap);
    }

    /// Whether a file without checksums is refused, and those of others are checked as by
    /// [#withVerifyCrc(boolean)].
    public ReadOptions withRequireCrc(boolean on) {
        return new ReadOptions(verifyCrc, on, mmap);
    }

    /// Whether the data section is mapped. Otherwise, and where it cannot be mapped, each tensor is read into memory at
    /// its first access.
    public ReadOptions withMmap(boolean on) {
        return new ReadOptions(verifyCrc, requireCrc, on);
    }

    /// Whether checksums are checked.
    public boolean verifyCrc() {
        return verifyCrc || requireCrc;
    }

    /// Whether a file without checksums is refused.
    public boolean requireCrc() {
        return requireCrc;
    }

    /// Whether the data section is mapped.
    public boolean mmap() {
        return mmap;
    }

    /// Such as `verifyCrc=true, requireCrc=false, mmap=true`.
    @Override
    public String toString() {
        return "verifyCrc=" + verifyCrc() + ", requireCrc=" + requireCrc + ", mmap=" + mmap;
    }
}
