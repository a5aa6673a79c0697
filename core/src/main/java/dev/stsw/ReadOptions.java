package dev.stsw;

/// How a file is read. Immutable: each `with` method returns a changed copy.
public final class ReadOptions {
    private static final ReadOptions DEFAULTS = new ReadOptions(false, true);

    private final boolean verifyCrc;
    private final boolean mmap;

    private ReadOptions(boolean verifyCrc, boolean mmap) {
        this.verifyCrc = verifyCrc;
        this.mmap = mmap;
    }

    /// The file is mapped, and checksums are not looked at.
    public static ReadOptions defaults() {
        return DEFAULTS;
    }

    /// Whether the header's CRC-32 is checked when the file is opened, and each tensor's once, before its first access.
    /// A file without checksums is read as if this were off.
    public ReadOptions withVerifyCrc(boolean on) {
        return new ReadOptions(on, mmap);
    }

    /// Whether the data section is mapped. Otherwise, and where it cannot be mapped, each tensor is read into memory at
    /// its first access.
    public ReadOptions withMmap(boolean on) {
        return new ReadOptions(verifyCrc, on);
    }

    /// Whether checksums are checked.
    public boolean verifyCrc() {
        return verifyCrc;
    }

    /// Whether the data section is mapped.
    public boolean mmap() {
        return mmap;
    }
}
