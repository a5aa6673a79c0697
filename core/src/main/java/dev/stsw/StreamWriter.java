package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.FileOutput;
import dev.stsw.publish.Temporary;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.WriterStats;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Writes a safetensors file of any size as a stream, and publishes it whole or not at all.
///
/// All tensors are declared when the writer is opened, and written in that order: any number of blocks with
/// `writeBlock`, then [#finalizeTensor(String)]. [#close()] publishes the file if every declared tensor was finalized;
/// otherwise it throws, and the path holds what it held before. An exception of the disk ends the attempt; one for the
/// caller's mistake leaves the writer as it was. For one thread at a time.
///
/// With [WriteOptions#withResume(boolean)] the data is in a partial file `.NAME.stsw-partial` in the same folder,
/// which stays when the attempt fails. The next writer of the same tensors with that option reads it again, keeps the
/// tensors at its beginning whose checksums hold ([#resumedTensors()]), and takes the others; the file is then byte
/// for byte what it would have been. The caller vouches that the data is the same. Writers without that option leave
/// it alone.
///
/// Otherwise the data is in a temporary file in the same folder, named `.NAME.RANDOM.stsw-tmp`, which is deleted
/// unless the process dies; the next writer of the same path deletes it then. A symbolic link is followed, and the
/// file behind it replaced; but a link to a file that is called by its hash (40 or 64 hex digits, as in the hub's
/// cache) is replaced itself. A replaced file passes on its mode and, where this process may give files away, its owner
/// and group; where not, a warning is logged, and the file's own group gets no more than everybody. ACLs and extended
/// attributes are not kept.
public final class StreamWriter implements AutoCloseable {
    /// In bytes. Durable, large files are written twice as fast past the page cache, and do not push everything else
    /// out of it; small ones are likely to be read again soon.
    static final long BYPASS_CACHE_FROM = 128L << 20;

    private static final System.Logger LOG = System.getLogger(StreamWriter.class.getName());

    private final Path path;
    private final Header header;
    private final WriteOptions options;
    private final ProgressListener progress;
    private final AtomicFile file;
    private final FileOutput output;
    private final @Nullable Journal journal;
    private final long started = System.nanoTime();

    private final @Nullable CRC32 crc;
    private final long[] crcs;
    private int resumed;
    private int current;
    /// The one at [#current]: to ask the header for it takes longer than to write a row.
    private @Nullable TensorMeta turn;
    private long writtenOfCurrent;
    /// Other threads may ask for it.
    private final AtomicLong written = new AtomicLong();

    private boolean closed;
    private @Nullable Throwable failure;

    private StreamWriter(Path path, Header header, WriteOptions options, AtomicFile file) {
        this.path = path;
        this.header = header;
        this.options = options;
        this.progress = new NamedProgress(options.progress(), header.tensors());
        this.file = file;
        this.journal = options.resume() ? new Journal(header) : null;
        this.output = new FileOutput(file, options.bufferSize(), journal);
        this.crc = options.crc32() ? new CRC32() : null;
        this.crcs = new long[options.crc32() ? header.tensors().size() : 0];
    }

    /// Begins a file without checksums. See [#open(Path, List, WriteOptions)].
    public static StreamWriter open(Path file, List<TensorSpec> tensors) throws IOException {
        return open(file, tensors, WriteOptions.defaults());
    }

    /// Begins a file beside the target, which stays untouched until [#close()].
    ///
    /// @throws IllegalArgumentException if two tensors have the same name, or the header would be too long, or the
    ///     write is to be resumable but has no checksums
    /// @throws IOException if the target is not a file that can be replaced, or nothing can be written beside it; or if
    ///     there is a partial file of other tensors, or another writer is at it
    public static StreamWriter open(Path file, List<TensorSpec> tensors, WriteOptions options) throws IOException {
        return open(file, tensors, options, FileChannel::open);
    }

    /// The same with another way to open channels, which a test makes fail.
    static StreamWriter open(Path file, List<TensorSpec> tensors, WriteOptions options, Temporary.Opener opener)
            throws IOException {
        if (options.resume() && !options.crc32()) {
            throw new IllegalArgumentException("a resumable write needs checksums: add withCrc32(true)");
        }
        Header header = Header.of(tensors, options.metadata().orElse(null), options.alignment(), options.crc32());
        AtomicFile attempt = options.resume() ? AtomicFile.resume(file, opener) : AtomicFile.create(file, opener);
        try {
            // What need not reach the disk now is faster in the page cache.
            if (options.durable() && header.dataSize() >= BYPASS_CACHE_FROM) {
                attempt.bypassCache();
            }
            StreamWriter writer = new StreamWriter(file, header, options, attempt);
            writer.begin();
            return writer;
        } catch (ClosedByInterruptException e) {
            attempt.close();
            throw attempt.interrupted(e);
        } catch (IOException | RuntimeException | Error e) {
            attempt.close();
            throw e;
        }
    }

    private void begin() throws IOException {
        try {
            putHeader();
        } catch (IOException | RuntimeException | Error e) {
            output.close();
            throw e;
        }
    }

    private void putHeader() throws IOException {
        if (journal == null) {
            output.append(MemorySegment.ofArray(header.toBytes()), JAVA_BYTE, JAVA_BYTE, null);
            advanceTo(0);
            return;
        }
        resumed = journal.recover(file.channel(), file.temporaryPath(), crcs, progress);
        advanceTo(resumed);
        long kept = resumed == 0 ? 0 : header.tensors().get(resumed - 1).offsetEnd();
        written.setRelease(kept);
        output.overwrite(MemorySegment.ofArray(journal.image()), 0);
        // Bytes after the last verified tensor are not trusted, and may be more than the file will have.
        file.channel().truncate(header.dataStart() + kept);
        output.startAt(header.dataStart() + kept);
    }

    private void advanceTo(int tensor) {
        current = tensor;
        turn = tensor < header.tensors().size() ? header.tensors().get(tensor) : null;
        writtenOfCurrent = 0;
    }

    /// The tensors that an earlier attempt wrote, in order: the first of all; they are finalized, and their bytes
    /// were read again. Empty unless this writer resumes.
    public List<TensorMeta> resumedTensors() {
        return header.tensors().subList(0, resumed);
    }

    /// Writes the next bytes of a tensor, little-endian, C order; any number, of any size, for any dtype. They are
    /// copied before this method returns.
    ///
    /// @throws TensorOrderException if it is not this tensor's turn
    /// @throws LengthMismatchException if they are more than the tensor has left; none of them is written
    /// @throws NoSuchElementException if no tensor of that name was declared
    /// @throws IOException if writing fails; the attempt is then discarded
    public void writeBlock(String name, MemorySegment block) throws IOException {
        write(name, Block.raw(block));
    }

    /// Writes the buffer's remaining bytes as they are, and moves its position to its limit. See
    /// [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, ByteBuffer block) throws IOException {
        write(name, Block.raw(MemorySegment.ofBuffer(block)));
        block.position(block.limit());
    }

    /// Writes bytes as they are. See [#writeBlock(String, MemorySegment)].
    public void writeBlock(String name, byte[] block) throws IOException {
        write(name, Block.raw(MemorySegment.ofArray(block)));
    }

    /// Writes elements of an I16 or U16 tensor, or the bits of those of an F16 or BF16 one. See
    /// [#writeBlock(String, MemorySegment)].
    ///
    /// @throws IllegalArgumentException if the tensor is of another dtype; nothing is written
    public void writeBlock(String name, short[] block) throws IOException {
        write(name, Block.of(block));
    }

    /// Writes elements of an I32 or U32 tensor. See [#writeBlock(String, MemorySegment)].
    ///
    /// @throws IllegalArgumentException if the tensor is of another dtype; nothing is written
    public void writeBlock(String name, int[] block) throws IOException {
        write(name, Block.of(block));
    }

    /// Writes elements of an I64 or U64 tensor. See [#writeBlock(String, MemorySegment)].
    ///
    /// @throws IllegalArgumentException if the tensor is of another dtype; nothing is written
    public void writeBlock(String name, long[] block) throws IOException {
        write(name, Block.of(block));
    }

    /// Writes elements of a floating-point tensor: as they are into F32, widened into F64, and rounded to nearest, ties
    /// to even, into F16, BF16 and the F8 types, as [Tensor#of(dev.stsw.format.DType, float\[\], long...)]
    /// rounds. See [#writeBlock(String, MemorySegment)].
    ///
    /// @throws IllegalArgumentException if the tensor is of another dtype; nothing is written
    public void writeBlock(String name, float[] block) throws IOException {
        write(name, Block.of(block));
    }

    /// Writes elements of a floating-point tensor: as they are into F64, and rounded to nearest, ties to even, into
    /// F32, F16, BF16 and the F8 types; into these by way of F32, as torch does. See
    /// [#writeBlock(String, MemorySegment)].
    ///
    /// @throws IllegalArgumentException if the tensor is of another dtype; nothing is written
    public void writeBlock(String name, double[] block) throws IOException {
        write(name, Block.of(block));
    }

    private void write(String name, Block block) throws IOException {
        TensorMeta tensor = inTurn(name);
        block.requireFits(tensor.dtype(), path, name);
        long size = block.byteSize(tensor.dtype());
        if (size > tensor.byteSize() - writtenOfCurrent) {
            throw new LengthMismatchException(describe(tensor) + " takes " + tensor.byteSize() + " bytes, "
                    + writtenOfCurrent + " of them are written: a block of " + size + " is too long");
        }
        try {
            block.appendTo(output, tensor.dtype(), crc);
        } catch (InternalError e) {
            fail(e);
            throw new IOException(describe(tensor) + ": the block lies in a mapped file that was cut meanwhile", e);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
        taken(size);
    }

    /// Writes a whole tensor from a channel that holds exactly its bytes, little-endian, C order, and finalizes it.
    /// Does not close the channel.
    ///
    /// @throws TensorOrderException if it is not this tensor's turn, or a part of it was written already
    /// @throws NoSuchElementException if no tensor of that name was declared
    /// @throws java.io.EOFException if the channel ends early; the attempt is then discarded
    /// @throws IOException if the channel goes on behind them, or reading or writing fails; the attempt is then
    /// discarded
    public void writeTensor(String name, ReadableByteChannel channel) throws IOException {
        Objects.requireNonNull(channel, "channel");
        TensorMeta tensor = inTurn(name);
        requireUntouched(tensor);
        try {
            output.appendWhole(channel, tensor.byteSize(), () -> named(tensor), crc, this::taken);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
        finalizeTensor(name);
    }

    /// Writes a whole tensor of any strides, and finalizes it.
    ///
    /// @throws IllegalArgumentException if it was declared with another dtype or shape; nothing is written
    /// @throws TensorOrderException if it is not this tensor's turn, or a part of it was written already
    /// @throws NoSuchElementException if no tensor of that name was declared
    /// @throws IOException if writing fails; the attempt is then discarded
    public void writeTensor(String name, Tensor values) throws IOException {
        TensorMeta tensor = inTurn(name);
        if (values.dtype() != tensor.dtype() || !values.shape().equals(tensor.shape())) {
            throw new IllegalArgumentException(describe(tensor) + " was declared as " + tensor.dtype() + " "
                    + tensor.shape() + ", but is given as " + values);
        }
        writeTensor(name, new TensorChannel(values));
    }

    private void requireUntouched(TensorMeta tensor) {
        if (writtenOfCurrent > 0) {
            throw new TensorOrderException(describe(tensor) + ": " + writtenOfCurrent + " of " + tensor.byteSize()
                    + " bytes are written already, and writeTensor takes it whole");
        }
    }

    /// Whether several tensors are to be written at once. A resumable file is written in order, because what is behind
    /// the first tensor that is not whole holds for nothing.
    boolean takesSeveral() {
        return options.workers() > 1 && journal == null;
    }

    /// Writes and finalizes all tensors, several at once, from a source that has them in the order declared.
    void writeAll(TensorSource source) throws IOException {
        requireWriting();
        try {
            output.flush();
            new Workers(source, file, header, options.withProgress(progress), crcs).run();
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
        advanceTo(header.tensors().size());
        written.setRelease(header.dataSize());
    }

    private void taken(long bytes) {
        writtenOfCurrent += bytes;
        // One thread writes: no need of an atomic addition for each row.
        long now = written.getPlain() + bytes;
        written.setRelease(now);
        if (bytes > 0) {
            progress.progress(now, header.dataSize());
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
            if (journal != null) {
                journal.finished(current, crcs[current]);
            }
        }
        advanceTo(current + 1);
    }

    /// How far this writer has come. Any thread may ask, at any time.
    public WriterStats stats() {
        return new WriterStats(written.getAcquire(), header.dataSize(), Duration.ofNanos(System.nanoTime() - started));
    }

    /// Discards the attempt; the path holds what it held before. A resumable one leaves its partial file, with all that
    /// was written. Does nothing after [#close()] or a second time.
    public void abort() {
        if (!closed) {
            closed = true;
            discard();
        }
    }

    /// Publishes the file: from here on it survives a power cut, unless [WriteOptions#withDurable(boolean)] is off.
    /// Does nothing after [#abort()] or a second time.
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
            // way to the caller, and this exception then suppressed in it.
            throw new IOException(path + ": nothing was published, because writing failed: " + failure);
        }
        try {
            requireComplete();
            output.flush();
            if (crc != null) {
                seal();
            }
            file.publish(options.durable());
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
        discard();
    }

    private void requireComplete() {
        TensorMeta tensor = turn;
        if (tensor != null) {
            throw new TensorOrderException(path + ": closed after " + current + " of "
                    + header.tensors().size()
                    + " tensors were finalized; the next is " + TensorSpec.quote(tensor.name()) + " with "
                    + writtenOfCurrent + " of " + tensor.byteSize() + " bytes written"
                    + (isWhole(tensor) ? ": call finalizeTensor after its last block" : "")
                    + ". Nothing was published");
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
        TensorMeta tensor = turn;
        if (tensor != null && tensor.name().equals(name)) {
            return tensor;
        }
        TensorMeta asked = header.find(name)
                .orElseThrow(() ->
                        new NoSuchElementException(path + ": no tensor " + TensorSpec.quote(name) + " was declared"));
        throw new TensorOrderException(describe(asked)
                + (tensor == null
                        ? " was already finalized, as all tensors were"
                        : " is not in turn: tensor " + TensorSpec.quote(tensor.name()) + now(tensor)));
    }

    private String now(TensorMeta tensor) {
        return isWhole(tensor) ? " is written whole: call finalizeTensor first" : " is to be written and finalized now";
    }

    private boolean isWhole(TensorMeta tensor) {
        return writtenOfCurrent == tensor.byteSize();
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
        try {
            end();
        } catch (IOException e) {
            fault.addSuppressed(e);
        }
    }

    private void discard() {
        try {
            end();
        } catch (InterruptedIOException e) {
            // Whoever interrupted this thread knows; the partial file holds what was written before.
            LOG.log(Level.DEBUG, path + ": interrupted while ending the attempt", e);
        } catch (IOException e) {
            // The next writer of this target deletes what is left, or goes on with it.
            LOG.log(Level.WARNING, path + ": could not end the attempt in order", e);
        }
    }

    private void end() throws IOException {
        try (file;
                output) {
            if (journal != null && file.isWriting()) {
                output.flush();
            }
        }
    }

    private String describe(TensorMeta tensor) {
        return path + ": " + named(tensor);
    }

    /// For messages.
    static String named(TensorMeta tensor) {
        return "tensor " + TensorSpec.quote(tensor.name());
    }
}
