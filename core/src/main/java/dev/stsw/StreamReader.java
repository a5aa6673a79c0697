package dev.stsw;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Reads a safetensors file lazily and without copying. Any number of threads may use a reader at the same time.
///
/// The data section is mapped when the first tensor is asked for, whatever its size; files with less than 4 KiB of
/// data, and those on file systems that cannot map, are read instead, tensor by tensor at the first access. Either way,
/// what the reader hands out is read-only and valid until [#close()], or until the caller closes the arena that it
/// gave.
///
/// If someone else cuts the file while it is mapped, no method of this library takes the virtual machine down: they
/// throw a [FileChangedException][dev.stsw.format.FileChangedException], as such or as the cause of an unchecked
/// exception. What they hand out is another matter: [java.util.zip.CRC32], [java.util.zip.Inflater], the Vector API,
/// and loops over a mapped segment that the compiler vectorised take it down. Where others may cut files, copy with
/// [Tensor]'s methods, or open the file with [ReadOptions#withMmap(boolean)] off.
public final class StreamReader implements AutoCloseable, Iterable<TensorMeta> {
    private final OpenFile file;
    private final Header header;
    private final TensorMemory memory;
    private final boolean verifyCrc;
    private final Map<String, Slot> slots = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private StreamReader(OpenFile file, Header header, TensorMemory memory, boolean verifyCrc) {
        this.file = file;
        this.header = header;
        this.memory = memory;
        this.verifyCrc = verifyCrc;
    }

    /// Opens a file as [ReadOptions#defaults()] say.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static StreamReader open(Path file) throws IOException {
        return open(file, ReadOptions.defaults());
    }

    /// Opens a file and reads its header; what it hands out is valid until [#close()].
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws ChecksumException if checksums are to be checked, and the header's does not match
    public static StreamReader open(Path file, ReadOptions options) throws IOException {
        return openWith(file, options, null);
    }

    /// Opens a file; what the reader hands out is valid until the caller closes the arena, and may be used by the
    /// threads that the arena allows.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws ChecksumException if checksums are to be checked, and the header's does not match
    /// @throws IllegalStateException if the arena is closed
    public static StreamReader open(Path file, ReadOptions options, Arena arena) throws IOException {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(file + ": the arena is closed");
        }
        return openWith(file, options, arena);
    }

    /// Reads a file that lies in memory. Tensors are views of it, and valid as long as it is, also after [#close()];
    /// nobody may change it meanwhile.
    ///
    /// @param bytes the whole file: of any size, from an arena, a heap array, or mapped; the threads that may use it
    ///     may use the reader
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws ChecksumException if checksums are to be checked, and the header's does not match
    public static StreamReader open(MemorySegment bytes, ReadOptions options) throws IOException {
        return of(new MemoryFile(bytes.asReadOnly()), options, null);
    }

    /// Reads a file that lies in a buffer, from its position to its limit, which stay. See
    /// [#open(MemorySegment, ReadOptions)].
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static StreamReader open(ByteBuffer bytes, ReadOptions options) throws IOException {
        return open(MemorySegment.ofBuffer(bytes), options);
    }

    /// Reads a file that lies in an array, which is not copied. See [#open(MemorySegment, ReadOptions)].
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static StreamReader open(byte[] bytes, ReadOptions options) throws IOException {
        return open(MemorySegment.ofArray(bytes), options);
    }

    /// Reads a file from its first byte on through a channel, such as that of an entry of an archive or of an object
    /// store: nothing is mapped, each tensor is read into memory at its first access, one thread at a time. The channel
    /// is the caller's, who leaves its position alone until [#close()], and closes it then.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws ChecksumException if checksums are to be checked, and the header's does not match
    public static StreamReader open(SeekableByteChannel channel, ReadOptions options) throws IOException {
        return of(new ChannelFile(channel), options, null);
    }

    private static StreamReader openWith(Path path, ReadOptions options, @Nullable Arena arena) throws IOException {
        Objects.requireNonNull(options, "options");
        return of(OpenFile.open(path), options, arena);
    }

    private static StreamReader of(OpenFile file, ReadOptions options, @Nullable Arena arena) throws IOException {
        try {
            Header header = Headers.read(file);
            Optional<Checksums> checksums = header.checksums();
            Optional<String> problem = checksums.flatMap(Checksums::problem);
            if (options.requireCrc() && checksums.isEmpty()) {
                throw new ChecksumException(file.name(), "it has no checksums, and they are required");
            }
            if (options.verifyCrc() && problem.isPresent()) {
                throw new ChecksumException(file.name(), problem.get());
            }
            TensorMemory memory = new TensorMemory(file, header.dataStart(), options.mmap(), arena);
            return new StreamReader(file, header, memory, options.verifyCrc());
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /// Names of the tensors, in the order of the header; each is made when it is asked for.
    public List<String> keys() {
        return header.names();
    }

    /// What the header says of one tensor.
    ///
    /// @throws NoSuchElementException if there is none of that name
    public TensorMeta meta(String name) {
        return header.find(name)
                .orElseThrow(() -> new NoSuchElementException(file.name() + ": no tensor " + TensorSpec.quote(name)));
    }

    /// What stands under `__metadata__`, without our checksums; empty if nothing does.
    public Map<String, String> metadata() {
        return header.metadata().orElse(Map.of());
    }

    /// Number of tensors.
    public int size() {
        return header.tensors().size();
    }

    /// The tensors in the order of the header.
    @Override
    public Iterator<TensorMeta> iterator() {
        return header.tensors().iterator();
    }

    /// The tensor's bytes, little-endian, C order; read-only, not copied, of any size. They may begin at any address:
    /// take them with unaligned layouts.
    ///
    /// @throws NoSuchElementException if there is none of that name
    /// @throws ChecksumException if checksums are checked, and its does not match
    /// @throws IllegalStateException after [#close()]
    public MemorySegment getSlice(String name) throws IOException {
        requireOpen();
        return slots.computeIfAbsent(name, key -> new Slot(meta(key))).memory();
    }

    /// The tensor, backed by [#getSlice(String)].
    ///
    /// @throws NoSuchElementException if there is none of that name
    /// @throws ChecksumException if checksums are checked, and its does not match
    /// @throws IllegalStateException after [#close()]
    public Tensor tensor(String name) throws IOException {
        TensorMeta tensor = meta(name);
        Tensor.Origin origin = new Tensor.Origin(file.name(), tensor.name());
        return Tensor.of(tensor.dtype(), tensor.shape(), getSlice(name), origin);
    }

    /// The file's header.
    public Header header() {
        return header;
    }

    /// The file, as it was opened.
    ///
    /// @throws UnsupportedOperationException if it was no file, but memory or a channel
    public Path path() {
        if (file instanceof DiskFile disk) {
            return disk.path();
        }
        throw new UnsupportedOperationException("read from " + file.name() + ", which has no path");
    }

    /// Such as `reader of 31 tensors: model.safetensors`.
    @Override
    public String toString() {
        return "reader of " + header.tensors().size() + " tensors: " + file.name() + (closed ? " (closed)" : "");
    }

    /// This file as input of a writer, its tensors in the order of their bytes. The bytes come through the file's
    /// channel, not the mapping; if this reader checks checksums, the read that brings a tensor's last byte throws
    /// [ChecksumException] if its does not match. Closing the source leaves the reader open; closing the reader ends
    /// the source.
    ///
    /// @throws IllegalStateException after [#close()]
    public TensorSource asSource() {
        requireOpen();
        return new FileSource(file, header, verifyCrc);
    }

    /// The bytes of a part of a tensor, from one offset in it to another, which is not included. They come through the
    /// file's channel, not the mapping: what is done with them cannot take the virtual machine down if the file is cut.
    /// No checksum is checked. Any number of channels may be open at a time, each for one thread; closing the reader
    /// ends them.
    ///
    /// @throws NoSuchElementException if there is none of that name
    /// @throws IndexOutOfBoundsException if the part is not one of the tensor's
    /// @throws IllegalStateException after [#close()]
    public ReadableByteChannel channel(String name, long from, long to) {
        requireOpen();
        TensorMeta tensor = meta(name);
        Objects.checkFromToIndex(from, to, tensor.byteSize());
        long start = header.dataStart() + tensor.offsetBegin();
        return new RangeChannel(file, start + from, start + to);
    }

    /// Ends the mapping: whatever looks at a tensor's bytes throws [IllegalStateException] from now on, in all threads:
    /// the methods of this reader, of its tensors, slices and source, and of the source's channels. What the header
    /// says stays available, and so do a tensor's dtype, shape and views. A second call does nothing.
    ///
    /// Waits for nobody. A thread that is just looking at a tensor gets values or the exception; it may find itself
    /// interrupted then, because that is how the virtual machine brings it the news (JDK 25).
    ///
    /// @throws IllegalStateException if another thread is just handing a tensor to a channel or to native code; close
    ///     again when it is done
    @Override
    public void close() throws IOException {
        synchronized (slots) {
            if (closed) {
                return;
            }
            endMapping();
            closed = true;
        }
        slots.clear();
        file.close();
    }

    private void endMapping() {
        try {
            memory.close();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    file.name() + ": cannot be closed while a tensor is being handed to a channel or native code", e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(file.name() + ": the reader is closed");
        }
    }

    /// One tensor's memory, once it was asked for.
    private final class Slot {
        private final TensorMeta tensor;
        private volatile @Nullable MemorySegment ready;

        Slot(TensorMeta tensor) {
            this.tensor = tensor;
        }

        MemorySegment memory() throws IOException {
            MemorySegment found = ready;
            return found != null ? found : load();
        }

        private synchronized MemorySegment load() throws IOException {
            MemorySegment found = ready;
            if (found == null) {
                if (verifyCrc && tensor.crc32().isPresent()) {
                    verify(tensor.crc32().getAsLong());
                }
                found = memory.of(tensor).asReadOnly();
                ready = found;
            }
            return found;
        }

        private void verify(long expected) throws IOException {
            long actual = Verifier.crc32(file, header.dataStart(), tensor);
            if (actual != expected) {
                throw ChecksumException.ofTensor(file.name(), tensor, expected, actual);
            }
        }
    }
}
