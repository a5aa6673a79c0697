package dev.stsw;

import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// Writes a safetensors file of any size as a stream, and publishes it whole or not at all.
///
/// All tensors are declared when the writer is opened, and written in that order: any number of blocks with
/// `writeBlock`, then [#finalizeTensor(String)]. [#close()] publishes the file if every declared tensor was finalized;
/// otherwise it throws, and the path holds what it held before. For one thread at a time.
@SuppressWarnings("DoNotCallSuggester")
public final class StreamWriter implements AutoCloseable {
    private StreamWriter() {}

    /// Begins a file without checksums. See [#open(Path, List, WriteOptions)].
    public static StreamWriter open(Path file, List<TensorSpec> tensors) throws IOException {
        return open(file, tensors, WriteOptions.defaults());
    }

    /// Begins a file beside the target, which stays untouched until [#close()].
    ///
    /// @throws IllegalArgumentException if two tensors have the same name, or the header would be too long
    /// @throws IOException if the target is not a file that can be replaced, or nothing can be written beside it
    public static StreamWriter open(Path file, List<TensorSpec> tensors, WriteOptions options) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes the next bytes of a tensor, little-endian, C order; any number, of any size.
    ///
    /// @throws TensorOrderException if it is not this tensor's turn
    /// @throws LengthMismatchException if they are more than the tensor has left; none of them is written
    /// @throws java.util.NoSuchElementException if no tensor of that name was declared
    /// @throws IOException if writing fails; the attempt is then discarded
    public void writeBlock(String name, MemorySegment block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes the buffer's remaining bytes as they are, and moves its position to its limit. See
    /// [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, ByteBuffer block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes bytes as they are. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, byte[] block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes 16-bit values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, short[] block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes 32-bit values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, int[] block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes 64-bit values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, long[] block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes F32 values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, float[] block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes F64 values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, double[] block) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Ends a tensor, after all of its bytes. Empty tensors are finalized too.
    ///
    /// @throws TensorOrderException if it is not this tensor's turn
    /// @throws LengthMismatchException if bytes are missing
    /// @throws java.util.NoSuchElementException if no tensor of that name was declared
    public void finalizeTensor(String name) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// How far this writer has come.
    public WriterStats stats() {
        throw new UnsupportedOperationException();
    }

    /// Discards the attempt; the path holds what it held before. Does nothing after [#close()] or a second time.
    public void abort() {
        throw new UnsupportedOperationException();
    }

    /// Publishes the file: from here on it survives a power cut. Does nothing after [#abort()] or a second time.
    ///
    /// @throws TensorOrderException if a declared tensor was not finalized; the attempt is discarded
    /// @throws IOException if the file cannot be made durable or put in its place; the attempt is discarded
    @Override
    public void close() throws IOException {
        throw new UnsupportedOperationException();
    }
}
