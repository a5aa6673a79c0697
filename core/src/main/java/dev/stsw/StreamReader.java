package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Reads a safetensors file lazily and without copying. Any number of threads may use a reader at the same time.
@SuppressWarnings("DoNotCallSuggester")
public final class StreamReader implements AutoCloseable, Iterable<TensorMeta> {
    private StreamReader() {}

    /// Opens a file as [ReadOptions#defaults()] say.
    public static StreamReader open(Path file) throws IOException {
        return open(file, ReadOptions.defaults());
    }

    /// Opens a file and reads its header; what it hands out is valid until [#close()].
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws dev.stsw.format.ChecksumException if checksums are to be checked, and the header's does not match
    public static StreamReader open(Path file, ReadOptions options) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Opens a file; what the reader hands out is valid until the caller closes the arena, and may be used by the
    /// threads that the arena allows.
    public static StreamReader open(Path file, ReadOptions options, Arena arena) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Names of the tensors, in the order of the header.
    public List<String> keys() {
        throw new UnsupportedOperationException();
    }

    /// What the header says of one tensor.
    ///
    /// @throws java.util.NoSuchElementException if there is none of that name
    public TensorMeta meta(String name) {
        throw new UnsupportedOperationException();
    }

    /// What stands under `__metadata__`, without our checksums; empty if nothing does.
    public Map<String, String> metadata() {
        throw new UnsupportedOperationException();
    }

    /// Number of tensors.
    public int size() {
        throw new UnsupportedOperationException();
    }

    /// The tensors in the order of the header.
    @Override
    public Iterator<TensorMeta> iterator() {
        throw new UnsupportedOperationException();
    }

    /// The tensor's bytes, little-endian, C order; read-only, not copied, of any size.
    ///
    /// @throws java.util.NoSuchElementException if there is none of that name
    /// @throws dev.stsw.format.ChecksumException if checksums are checked, and its does not match
    public MemorySegment getSlice(String name) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// The tensor, backed by [#getSlice(String)].
    public Tensor tensor(String name) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// The file's header.
    public Header header() {
        throw new UnsupportedOperationException();
    }

    /// The file, as it was opened.
    public Path path() {
        throw new UnsupportedOperationException();
    }

    /// This file as input of a writer. Bytes come through the file's channel, not the mapping. Closing the source
    /// leaves
    /// the reader open.
    public TensorSource asSource() {
        throw new UnsupportedOperationException();
    }

    /// Ends the mapping: whatever was handed out throws [IllegalStateException] from now on. A second call does
    /// nothing.
    @Override
    public void close() throws IOException {
        throw new UnsupportedOperationException();
    }
}
