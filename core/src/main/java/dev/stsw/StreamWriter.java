package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Writes a safetensors file of any size as a stream, and publishes it whole or not at all.
///
/// All tensors are declared when the writer is opened, and written in that order: any number of blocks with
/// `writeBlock`, then [#finalizeTensor(String)]. [#close()] publishes the file if every declared tensor was finalized;
/// otherwise it throws, and the path holds what it held before. An exception of the disk ends the attempt; one for the
/// caller's mistake leaves the writer as it was. For one thread at a time.
///
/// Until then the data is in a temporary file in the same folder, named `.NAME.RANDOM.stsw-tmp`, which is deleted
/// unless
/// the process dies; the next writer of the same path deletes it then. A symbolic link is followed, and the file behind
/// it
/// replaced. A replaced file passes its permissions on.
public final class StreamWriter implements AutoCloseable {
    private final Path path;
    private final Header header;
    private final WriteOptions options;
    private final AtomicFile file;
    private final FileOutput output;
    private final long started = System.nanoTime();

    private final @Nullable CRC32 crc;
    private final long[] crcs;
    private int current;
    private long writtenOfCurrent;
    private long written;

    private boolean closed;
    private @Nullable Throwable failure;

    private StreamWriter(Path path, Header header, WriteOptions options, AtomicFile file) {
        this.path = path;
        this.header = header;
        this.options = options;
        this.file = file;
        this.output = new FileOutput(file, options.bufferSize());
        this.crc = options.crc32() ? new CRC32() : null;
        this.crcs = new long[options.crc32() ? header.tensors().size() : 0];
    }

    /// Begins a file without checksums. See [#open(Path, List, WriteOptions)].
    public static StreamWriter open(Path file, List<TensorSpec> tensors) throws IOException {
        return open(file, tensors, WriteOptions.defaults());
    }

    /// Begins a file beside the target, which stays untouched until [#close()].
    ///
    /// @throws IllegalArgumentException if two tensors have the same name, or the header would be too long
    /// @throws IOException if the target is not a file that can be replaced, or nothing can be written beside it
    public static StreamWriter open(Path file, List<TensorSpec> tensors, WriteOptions options) throws IOException {
        return open(file, tensors, options, FileChannel::open);
    }

    /// The same with another way to open channels, which a test makes fail.
    static StreamWriter open(Path file, List<TensorSpec> tensors, WriteOptions options, Temporary.Opener opener)
            throws IOException {
        Header header = Header.of(tensors, options.metadata().orElse(null), options.alignment(), options.crc32());
        AtomicFile attempt = AtomicFile.create(file, opener);
        try {
            StreamWriter writer = new StreamWriter(file, header, options, attempt);
            writer.output.append(MemorySegment.ofArray(header.toBytes()), JAVA_BYTE, JAVA_BYTE, null);
            return writer;
        } catch (IOException | RuntimeException | Error e) {
            attempt.close();
            throw e;
        }
    }

    /// Writes the next bytes of a tensor, little-endian, C order; any number, of any size. They are copied before this
    /// method returns.
    ///
    /// @throws TensorOrderException if it is not this tensor's turn
    /// @throws LengthMismatchException if they are more than the tensor has left; none of them is written
    /// @throws NoSuchElementException if no tensor of that name was declared
    /// @throws IOException if writing fails; the attempt is then discarded
    public void writeBlock(String name, MemorySegment block) throws IOException {
        write(name, block, JAVA_BYTE, JAVA_BYTE);
    }

    /// Writes the buffer's remaining bytes as they are, and moves its position to its limit. See
    /// [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, ByteBuffer block) throws IOException {
        write(name, MemorySegment.ofBuffer(block), JAVA_BYTE, JAVA_BYTE);
        block.position(block.limit());
    }

    /// Writes bytes as they are. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, byte[] block) throws IOException {
        write(name, MemorySegment.ofArray(block), JAVA_BYTE, JAVA_BYTE);
    }

    /// Writes 16-bit values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, short[] block) throws IOException {
        write(name, MemorySegment.ofArray(block), JAVA_SHORT_UNALIGNED, Layouts.SHORT);
    }

    /// Writes 32-bit values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, int[] block) throws IOException {
        write(name, MemorySegment.ofArray(block), JAVA_INT_UNALIGNED, Layouts.INT);
    }

    /// Writes 64-bit values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, long[] block) throws IOException {
        write(name, MemorySegment.ofArray(block), JAVA_LONG_UNALIGNED, Layouts.LONG);
    }

    /// Writes F32 values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, float[] block) throws IOException {
        write(name, MemorySegment.ofArray(block), JAVA_FLOAT_UNALIGNED, Layouts.FLOAT);
    }

    /// Writes F64 values, little-endian. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, double[] block) throws IOException {
        write(name, MemorySegment.ofArray(block), JAVA_DOUBLE_UNALIGNED, Layouts.DOUBLE);
    }

    private void write(String name, MemorySegment block, ValueLayout host, ValueLayout file) throws IOException {
        TensorMeta tensor = inTurn(name);
        if (block.byteSize() > tensor.byteSize() - writtenOfCurrent) {
            throw new LengthMismatchException(describe(tensor) + " takes " + tensor.byteSize() + " bytes, "
                    + writtenOfCurrent + " of them are written: a block of " + block.byteSize() + " is too long");
        }
        try {
            output.append(block, host, file, crc);
        } catch (InternalError e) {
            fail(e);
            throw new IOException(describe(tensor) + ": the block lies in a mapped file that was cut meanwhile", e);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
        taken(block.byteSize());
    }

    /// Writes a whole tensor from a channel that holds exactly its bytes, and finalizes it.
    ///
    /// @throws EOFException if they are too few
    void writeTensor(String name, ReadableByteChannel channel) throws IOException {
        TensorMeta tensor = inTurn(name);
        while (writtenOfCurrent < tensor.byteSize()) {
            int count;
            try {
                count = output.appendFrom(channel, tensor.byteSize() - writtenOfCurrent, crc);
            } catch (IOException | RuntimeException | Error e) {
                fail(e);
                throw e;
            }
            if (count < 0) {
                throw new EOFException(describe(tensor) + ": the source ended after " + writtenOfCurrent + " of "
                        + tensor.byteSize() + " bytes");
            }
            taken(count);
        }
        finalizeTensor(name);
    }

    private void taken(long bytes) {
        writtenOfCurrent += bytes;
        written += bytes;
        if (bytes > 0) {
            options.progress().progress(written, header.dataSize());
        }
    }

    /// Ends a tensor, after all of its bytes. Empty tensors are finalized too.
    ///
    /// @throws TensorOrderException if it is not this tensor's turn
    /// @throws LengthMismatchException if bytes are missing
    /// @throws NoSuchElementException if no tensor of that name was declared
    public void finalizeTensor(String name) throws IOException {
        TensorMeta tensor = inTurn(name);
        if (writtenOfCurrent < tensor.byteSize()) {
            throw new LengthMismatchException(describe(tensor) + " takes " + tensor.byteSize() + " bytes, but only "
                    + writtenOfCurrent + " were written");
        }
        if (crc != null) {
            crcs[current] = crc.getValue();
            crc.reset();
        }
        current++;
        writtenOfCurrent = 0;
    }

    /// How far this writer has come.
    public WriterStats stats() {
        return new WriterStats(written, header.dataSize(), Duration.ofNanos(System.nanoTime() - started));
    }

    /// Discards the attempt; the path holds what it held before. Does nothing after [#close()] or a second time.
    public void abort() {
        if (!closed) {
            closed = true;
            discard();
        }
    }

    /// Publishes the file: from here on it survives a power cut. Does nothing after [#abort()] or a second time.
    ///
    /// @throws TensorOrderException if a declared tensor was not finalized; the attempt is discarded
    /// @throws IOException if the file cannot be made durable or put in its place, or writing had failed before; the
    ///     attempt is discarded
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (failure != null) {
            // The failure may have been swallowed, and then nobody would know. Not as the cause: it is usually on its
            // way
            // to the caller, and this exception then suppressed in it.
            throw new IOException(path + ": nothing was published, because writing failed: " + failure);
        }
        try {
            requireComplete();
            output.flush();
            if (crc != null) {
                seal();
            }
            file.publish();
        } finally {
            discard();
        }
    }

    private void requireComplete() {
        int count = header.tensors().size();
        if (current < count) {
            TensorMeta tensor = header.tensors().get(current);
            throw new TensorOrderException(path + ": closed after " + current + " of " + count
                    + " tensors were finalized; the next is " + TensorSpec.quote(tensor.name()) + " with "
                    + writtenOfCurrent + " of " + tensor.byteSize() + " bytes written. Nothing was published");
        }
    }

    private void seal() throws IOException {
        Checksums checksums = header.checksums().orElseThrow();
        byte[] sealed = header.toBytes();
        checksums.seal(sealed, crcs);
        output.overwrite(MemorySegment.ofArray(sealed), 0);
    }

    private TensorMeta inTurn(String name) {
        requireWriting();
        if (current < header.tensors().size()) {
            TensorMeta tensor = header.tensors().get(current);
            if (tensor.name().equals(name)) {
                return tensor;
            }
        }
        TensorMeta asked = header.find(name)
                .orElseThrow(() ->
                        new NoSuchElementException(path + ": no tensor " + TensorSpec.quote(name) + " was declared"));
        throw new TensorOrderException(describe(asked)
                + (current == header.tensors().size()
                        ? " was already finalized, as all tensors were"
                        : " is not in turn: tensor "
                                + TensorSpec.quote(header.tensors().get(current).name())
                                + " is to be written and finalized now"));
    }

    private void requireWriting() {
        if (failure != null) {
            throw new IllegalStateException(path + ": writing failed before, and the attempt was discarded", failure);
        }
        if (closed) {
            throw new IllegalStateException(path + ": the writer is closed");
        }
    }

    private void fail(Throwable fault) {
        failure = fault;
        discard();
    }

    private void discard() {
        try (output) {
            file.close();
        } catch (IOException e) {
            // The next writer of this target deletes what is left.
            System.getLogger(StreamWriter.class.getName())
                    .log(System.Logger.Level.WARNING, path + ": could not delete the temporary file", e);
        }
    }

    private String describe(TensorMeta tensor) {
        return path + ": tensor " + TensorSpec.quote(tensor.name());
    }
}
