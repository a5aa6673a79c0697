package dev.stsw;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How a file is written. Immutable: each `with` method returns a changed copy.
public final class WriteOptions {
    /// 1 MiB: what a disk takes at once at nearly its full speed, and four of them leave a small process small.
    public static final int DEFAULT_BUFFER_SIZE = 1 << 20;

    /// 8 bytes, as the reference pads.
    public static final int DEFAULT_ALIGNMENT = 8;

    private static final WriteOptions DEFAULTS = new WriteOptions(
            false, DEFAULT_BUFFER_SIZE, DEFAULT_ALIGNMENT, Optional.empty(), (done, total) -> {}, false);

    private final boolean crc32;
    private final int bufferSize;
    private final int alignment;
    private final Optional<Map<String, String>> metadata;
    private final ProgressListener progress;
    private final boolean resume;

    private WriteOptions(
            boolean crc32,
            int bufferSize,
            int alignment,
            Optional<Map<String, String>> metadata,
            ProgressListener progress,
            boolean resume) {
        this.crc32 = crc32;
        this.bufferSize = bufferSize;
        this.alignment = alignment;
        this.metadata = metadata;
        this.progress = progress;
        this.resume = resume;
    }

    /// As the reference writes: no checksums, the data section on a multiple of 8 bytes, no metadata.
    public static WriteOptions defaults() {
        return DEFAULTS;
    }

    /// Whether the header carries a CRC-32 of itself and of each tensor.
    public WriteOptions withCrc32(boolean on) {
        return new WriteOptions(on, bufferSize, alignment, metadata, progress, resume);
    }

    /// Size in bytes of each of the four buffers outside the heap through which all data goes: 4 KiB to 1 GiB. They are
    /// only there once they are needed. Multiples of 4096 let large files bypass the page cache.
    ///
    /// @throws IllegalArgumentException outside that range
    public WriteOptions withBufferSize(int bytes) {
        if (bytes < 4 << 10 || bytes > 1 << 30) {
            throw new IllegalArgumentException("buffer size " + bytes + " is not 4096 to 1073741824 bytes");
        }
        return new WriteOptions(crc32, bytes, alignment, metadata, progress, resume);
    }

    /// The data section starts at a multiple of this many bytes in the file: a power of two from 8 to 65,536.
    ///
    /// @throws IllegalArgumentException for anything else
    public WriteOptions withAlignment(int bytes) {
        if (bytes < 8 || bytes > 1 << 16 || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("alignment " + bytes + " is not a power of two from 8 to 65536");
        }
        return new WriteOptions(crc32, bufferSize, bytes, metadata, progress, resume);
    }

    /// What stands under `__metadata__`; an empty map writes an empty entry. Takes the place of a source's own.
    public WriteOptions withMetadata(Map<String, String> entries) {
        return new WriteOptions(
                crc32,
                bufferSize,
                alignment,
                Optional.of(Collections.unmodifiableMap(new LinkedHashMap<>(entries))),
                progress,
                resume);
    }

    /// Who hears of each block written.
    public WriteOptions withProgress(ProgressListener listener) {
        return new WriteOptions(crc32, bufferSize, alignment, metadata, listener, resume);
    }

    /// Whether a write that fails, or whose process dies, leaves a partial file beside the target, which the next
    /// write of the same tensors with this option goes on with. Needs checksums: they say which tensors are finished.
    public WriteOptions withResume(boolean on) {
        return new WriteOptions(crc32, bufferSize, alignment, metadata, progress, on);
    }

    /// Whether checksums are written.
    public boolean crc32() {
        return crc32;
    }

    /// Size of the buffer in bytes.
    public int bufferSize() {
        return bufferSize;
    }

    /// Alignment of the data section in bytes.
    public int alignment() {
        return alignment;
    }

    /// What stands under `__metadata__`; empty where nothing was said.
    public Optional<Map<String, String>> metadata() {
        return metadata;
    }

    /// Who hears of each block written.
    public ProgressListener progress() {
        return progress;
    }

    /// Whether a failed write can be resumed.
    public boolean resume() {
        return resume;
    }
}
