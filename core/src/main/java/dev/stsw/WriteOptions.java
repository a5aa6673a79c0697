package dev.stsw;

import dev.stsw.stream.ProgressListener;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// How a file is written. Immutable: each `with` method returns a changed copy.
public final class WriteOptions {
    /// 1 MiB: what a disk takes at once at nearly its full speed, and four of them leave a small process small.
    public static final int DEFAULT_BUFFER_SIZE = 1 << 20;

    /// 8 bytes, as the reference pads.
    public static final int DEFAULT_ALIGNMENT = 8;

    private static final int MAX_WORKERS = 256;

    private static final WriteOptions DEFAULTS = new WriteOptions();

    private boolean crc32;
    private int bufferSize = DEFAULT_BUFFER_SIZE;
    private int alignment = DEFAULT_ALIGNMENT;
    private Optional<Map<String, String>> metadata = Optional.empty();
    private ProgressListener progress = (done, total) -> {};
    private boolean resume;
    private int workers = 1;
    private boolean durable = true;

    private WriteOptions() {}

    /// What a `with` method changes, before anyone else sees it.
    private WriteOptions copy() {
        WriteOptions copy = new WriteOptions();
        copy.crc32 = crc32;
        copy.bufferSize = bufferSize;
        copy.alignment = alignment;
        copy.metadata = metadata;
        copy.progress = progress;
        copy.resume = resume;
        copy.workers = workers;
        copy.durable = durable;
        return copy;
    }

    /// As the reference writes: no checksums, the data section on a multiple of 8 bytes, no metadata.
    public static WriteOptions defaults() {
        return DEFAULTS;
    }

    /// Whether the header carries a CRC-32 of itself and of each tensor.
    public WriteOptions withCrc32(boolean on) {
        WriteOptions copy = copy();
        copy.crc32 = on;
        return copy;
    }

    /// Size in bytes of each of the four buffers outside the heap through which all data goes, or four for each worker:
    /// 4 KiB to 1 GiB. They are only there once they are needed. Multiples of 64 KiB let large files bypass the page
    /// cache.
    ///
    /// @throws IllegalArgumentException outside that range
    public WriteOptions withBufferSize(int bytes) {
        if (bytes < 4 << 10 || bytes > 1 << 30) {
            throw new IllegalArgumentException("buffer size " + bytes + " is not 4096 to 1073741824 bytes");
        }
        WriteOptions copy = copy();
        copy.bufferSize = bytes;
        return copy;
    }

    /// The data section starts at a multiple of this many bytes in the file: a power of two from 8 to 65,536.
    ///
    /// @throws IllegalArgumentException for anything else
    public WriteOptions withAlignment(int bytes) {
        if (bytes < 8 || bytes > 1 << 16 || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("alignment " + bytes + " is not a power of two from 8 to 65536");
        }
        WriteOptions copy = copy();
        copy.alignment = bytes;
        return copy;
    }

    /// What stands under `__metadata__`; an empty map writes an empty entry. Takes the place of a source's own.
    public WriteOptions withMetadata(Map<String, String> entries) {
        WriteOptions copy = copy();
        copy.metadata = Optional.of(Collections.unmodifiableMap(new LinkedHashMap<>(entries)));
        return copy;
    }

    /// Who hears of each block written, on the thread that called the writer.
    public WriteOptions withProgress(ProgressListener listener) {
        WriteOptions copy = copy();
        copy.progress = Objects.requireNonNull(listener, "listener");
        return copy;
    }

    /// Whether a write that fails, or whose process dies, leaves a partial file beside the target, which the next
    /// write of the same tensors with this option goes on with. Needs checksums: they say which tensors are finished.
    public WriteOptions withResume(boolean on) {
        WriteOptions copy = copy();
        copy.resume = on;
        return copy;
    }

    /// How many tensors [Stsw] writes at once, 1 to 256, each on a thread of its own: 1 unless said otherwise. The
    /// file is the same. More than one pays where the source costs processor time (casting, gathering, checking, page
    /// faults), or where the disk wants more than one write at a time. Each has its own four buffers.
    ///
    /// One tensor at a time is written nevertheless where the source cannot give several
    /// ([dev.stsw.format.TensorSource#concurrent()]) and where the write can be resumed, which goes by order.
    /// [StreamWriter] takes blocks in order and pays no attention.
    ///
    /// @throws IllegalArgumentException outside that range
    public WriteOptions withWorkers(int count) {
        if (count < 1 || count > MAX_WORKERS) {
            throw new IllegalArgumentException(count + " workers are not 1 to " + MAX_WORKERS);
        }
        WriteOptions copy = copy();
        copy.workers = count;
        return copy;
    }

    /// Whether the file is on the disk when it is published, which is so unless said otherwise, and survives a power
    /// cut. If not, the operating system puts it there when it likes: the path still holds the old file or the whole
    /// new one for every reader, and after every crash of the process, but a power cut or a crash of the system may
    /// leave it empty, damaged or away. For files that can be made again.
    public WriteOptions withDurable(boolean on) {
        WriteOptions copy = copy();
        copy.durable = on;
        return copy;
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

    /// How many tensors are written at once.
    public int workers() {
        return workers;
    }

    /// Whether a published file survives a power cut.
    public boolean durable() {
        return durable;
    }

    /// Such as `crc32=true, bufferSize=1048576, alignment=8, resume=false, workers=1, durable=true`.
    @Override
    public String toString() {
        return "crc32=" + crc32 + ", bufferSize=" + bufferSize + ", alignment=" + alignment
                + metadata.map(entries -> ", metadata=" + entries).orElse("") + ", resume=" + resume + ", workers="
                + workers + ", durable=" + durable;
    }
}
