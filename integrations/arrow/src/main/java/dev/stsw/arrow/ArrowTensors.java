package dev.stsw.arrow;

import dev.stsw.Model;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;

/// Tensors as vectors of Apache Arrow, and back; tables of them as Arrow's IPC files, which pyarrow and others read.
///
/// A vector has one value for each index of the tensor's first dimension. Of a vector (or scalar) they are plain
/// numbers; of a matrix, such as one of embeddings, lists of fixed size (`FixedSizeList<float>[768]`); of tensors with
/// more dimensions, fixed-shape tensors: such lists, and the metadata of the canonical extension
/// `arrow.fixed_shape_tensor`.
///
/// Vectors belong to the allocator that is given, and are copies, valid until they are closed, whatever becomes of the
/// file; only what `zeroCopy` makes shares memory with the file, and may be used no longer than that is there.
///
/// F64, F32, F16 and all integers are handed over bit for bit; BOOL as Arrow's bits, so that bytes other than 0 become
/// true. Arrow has no other types: BF16, the F8 types, F4, F6 and C64 are refused with [UnsupportedOperationException],
/// unless F32 or F64 is named to widen to, which hold each value of BF16, F8 and F4.
///
/// A vector of Arrow's Java library has less than 2^31 numbers, of up to 16 GiB together; [#toIpc(Map,
/// WritableByteChannel, BufferAllocator)] takes tensors of any size, in batches. Stateless; any number of threads may
/// use these methods, as far as what they are given allows it. Arrow needs a JVM that was started with
/// `--add-opens=java.base/java.nio=ALL-UNNAMED`.
public final class ArrowTensors {
    private ArrowTensors() {}

    /// A tensor as a vector of the same type, copied once.
    ///
    /// @param name of the vector's field
    /// @throws UnsupportedOperationException if Arrow has no such type
    /// @throws IllegalArgumentException if the tensor has 2^31 elements or more: take slices
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws java.io.UncheckedIOException if the tensor's file was cut meanwhile
    public static FieldVector toVector(Tensor tensor, String name, BufferAllocator allocator) {
        return Copying.vector(tensor, tensor.dtype(), Columns.plain(name, tensor.dtype(), tensor.shape()), allocator);
    }

    /// A tensor of floating-point numbers as a vector of F32 or F64, which holds each of its values.
    ///
    /// @throws UnsupportedOperationException if that type does not hold every value of the tensor's dtype
    /// @throws IllegalArgumentException if the tensor has 2^31 elements or more: take slices
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws java.io.UncheckedIOException if the tensor's file was cut meanwhile
    public static FieldVector toVector(Tensor tensor, String name, BufferAllocator allocator, DType wide) {
        ArrowTypes.requireWidening(tensor.dtype(), wide);
        return Copying.vector(tensor, wide, Columns.plain(name, wide, tensor.shape()), allocator);
    }

    /// A tensor of at least one dimension as fixed-shape tensors, a matrix too: lists with the metadata of
    /// `arrow.fixed_shape_tensor`, copied once. In pyarrow, `array.to_numpy_ndarray()` is the tensor again.
    ///
    /// @throws UnsupportedOperationException if Arrow has no such type
    /// @throws IllegalArgumentException if the tensor has 2^31 elements or more, or no dimension
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws java.io.UncheckedIOException if the tensor's file was cut meanwhile
    public static FixedSizeListVector toFixedShapeTensor(Tensor tensor, String name, BufferAllocator allocator) {
        Columns column = Columns.fixedShape(name, tensor.dtype(), tensor.shape());
        return (FixedSizeListVector) Copying.vector(tensor, tensor.dtype(), column, allocator);
    }

    /// A tensor as the vector of [#toVector(Tensor, String, BufferAllocator)] that shares its memory: nothing is copied
    /// but a bit for each value, set because Arrow's Java library wants to know that it is not null. The tensor comes
    /// from a reader that was opened with this arena, as
    /// [dev.stsw.StreamReader#open(java.nio.file.Path, dev.stsw.ReadOptions, Arena)] does it, or was allocated in it.
    ///
    /// When the arena is closed, the vector is closed with it, and whoever reads from it afterwards gets an
    /// [IndexOutOfBoundsException]. Three things the virtual machine does not survive, because nobody can stop Arrow
    /// from doing them: **writing** to the vector where the memory is a mapped file, using it in **another thread**
    /// while the arena is being closed, and using **what was made of it** (slices, transfers, its buffers) afterwards.
    /// If someone else cuts the file, a look at what is gone is an [InternalError] at best. The arena is closed before
    /// the allocator, which takes vectors that are open for leaks. Copies have no such limits.
    ///
    /// @throws UnsupportedOperationException if Arrow has no such type, or another form of it: BOOL, whose bytes are
    ///     Arrow's bits
    /// @throws IllegalArgumentException if the memory does not belong to the arena or lies in the heap, or the tensor
    ///     has 2^31 elements or more
    /// @throws IllegalStateException if the arena is closed, or the tensor is a view with gaps
    public static FieldVector zeroCopy(Tensor tensor, String name, BufferAllocator allocator, Arena arena) {
        return SharedMemory.vector(tensor, Columns.plain(name, tensor.dtype(), tensor.shape()), allocator, arena);
    }

    /// A tensor as the vector of [#toFixedShapeTensor(Tensor, String, BufferAllocator)] that shares its memory, as
    /// [#zeroCopy(Tensor, String, BufferAllocator, Arena)] does.
    ///
    /// @throws UnsupportedOperationException if Arrow has no such type, or another form of it: BOOL
    /// @throws IllegalArgumentException if the memory does not belong to the arena or lies in the heap, or the tensor
    ///     has 2^31 elements or more, or no dimension
    /// @throws IllegalStateException if the arena is closed, or the tensor is a view with gaps
    public static FixedSizeListVector zeroCopyFixedShapeTensor(
            Tensor tensor, String name, BufferAllocator allocator, Arena arena) {
        Columns column = Columns.fixedShape(name, tensor.dtype(), tensor.shape());
        return (FixedSizeListVector) SharedMemory.vector(tensor, column, allocator, arena);
    }

    /// A copy of a vector's values, outside the heap, freed when it is garbage: numbers make a vector, lists of fixed
    /// size a tensor with one more dimension, fixed-shape tensors one with all of theirs.
    ///
    /// @throws UnsupportedOperationException if it holds anything but numbers, booleans, and lists of fixed size
    /// @throws IllegalArgumentException if a value is null
    public static Tensor fromVector(FieldVector vector) {
        return VectorBytes.tensor(vector);
    }

    /// Vectors under their names as input of a writer, copied part by part when they are asked for. They must stay open
    /// until then.
    ///
    /// @throws UnsupportedOperationException if some hold anything but numbers, booleans, and lists of fixed size; it
    ///     names all
    public static TensorSource fromVectors(Map<String, FieldVector> vectors) {
        return VectorSource.of(vectors);
    }

    /// All tensors of a model, as [#load(TensorSource, BufferAllocator)] hands them over.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static Map<String, FieldVector> load(Path model, BufferAllocator allocator) throws IOException {
        try (Model opened = Model.open(model)) {
            return load(opened.asSource(), allocator);
        }
    }

    /// All tensors of a model, as [#load(TensorSource, BufferAllocator, DType)] hands them over.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static Map<String, FieldVector> load(Path model, BufferAllocator allocator, DType floats)
            throws IOException {
        try (Model opened = Model.open(model)) {
            return load(opened.asSource(), allocator, floats);
        }
    }

    /// All tensors of a source as vectors of the same types, copied once, in its order; the caller closes each. Does
    /// not close the source.
    ///
    /// @throws UnsupportedOperationException if Arrow has no types for some of the tensors; it names all
    /// @throws IllegalArgumentException if a tensor has 2^31 elements or more
    /// @throws IOException if reading fails; then no vector stays
    public static Map<String, FieldVector> load(TensorSource source, BufferAllocator allocator) throws IOException {
        return Loading.load(source, null, allocator);
    }

    /// The same, with floating-point tensors widened to one dtype where it holds their values: with F32, F16, BF16, the
    /// F8 types and F4 become F32, F64 stays, and integers are handed over as they are.
    ///
    /// @throws IllegalArgumentException if the dtype is neither F32 nor F64, or a tensor has 2^31 elements or more
    /// @throws UnsupportedOperationException if Arrow has no types for some of the tensors; it names all
    /// @throws IOException if reading fails; then no vector stays
    public static Map<String, FieldVector> load(TensorSource source, BufferAllocator allocator, DType floats)
            throws IOException {
        if (floats != DType.F32 && floats != DType.F64) {
            throw new IllegalArgumentException("floats are widened to F32 or F64, not to " + floats);
        }
        return Loading.load(source, floats, allocator);
    }

    /// Writes vectors in the reference's order. See [#fromVectors(Map)] and
    /// [Stsw#write(TensorSource, Path, WriteOptions)].
    public static void save(Map<String, FieldVector> vectors, Path file) throws IOException {
        save(vectors, file, WriteOptions.defaults());
    }

    /// Writes vectors in the reference's order. The file appears whole or not at all. See [#fromVectors(Map)] and
    /// [Stsw#write(TensorSource, Path, WriteOptions)].
    ///
    /// @throws IllegalArgumentException if a value is null
    public static void save(Map<String, FieldVector> vectors, Path file, WriteOptions options) throws IOException {
        Stsw.write(TensorSources.inReferenceOrder(fromVectors(vectors)), file, options);
    }

    /// Writes tensors of the same first dimension as the columns of an Arrow IPC file, the form that `pyarrow.ipc` and
    /// `pyarrow.feather` read, in batches of up to 64 MiB; rows longer than that make a batch each. Tensors may have
    /// any size. After an exception the channel holds a part of a file, which the caller deletes.
    ///
    /// @param out where the file begins; stays open
    /// @throws UnsupportedOperationException if Arrow has no type for some of the tensors; it names all
    /// @throws IllegalArgumentException if first dimensions differ, a tensor has none, or there is no tensor
    public static void toIpc(Map<String, Tensor> columns, WritableByteChannel out, BufferAllocator allocator)
            throws IOException {
        IpcFiles.write(columns, Map.of(), out, allocator, IpcFiles.BATCH_BYTES);
    }

    /// The same, with some columns widened to F32 or F64.
    ///
    /// @param wide the dtype of each column that is not to have its own
    /// @throws UnsupportedOperationException if such a dtype does not hold every value of its tensor's, or Arrow has no
    ///     type for some of the other tensors
    /// @throws IllegalArgumentException if first dimensions differ, a tensor has none, or there is no tensor
    public static void toIpc(
            Map<String, Tensor> columns, Map<String, DType> wide, WritableByteChannel out, BufferAllocator allocator)
            throws IOException {
        IpcFiles.write(columns, wide, out, allocator, IpcFiles.BATCH_BYTES);
    }

    /// The columns of an Arrow IPC file as input of a writer ([dev.stsw.Stsw#write(TensorSource, Path,
    /// dev.stsw.WriteOptions)]), shaped as [#fromVector(FieldVector)] does it, in the order of the file. Bytes are read
    /// where they lie, through the writer's buffers, whatever the size of the batches.
    ///
    /// @param file from its byte 0; closed with the source
    /// @throws IOException if it is no such file, or damaged, or has columns that are no tensors; it names all. Nulls
    ///     and compressed batches are found when they are read
    public static TensorSource fromIpc(SeekableByteChannel file) throws IOException {
        return IpcSource.open(file, name -> true);
    }

    /// Some columns of an Arrow IPC file, so that others may be text.
    ///
    /// @param file from its byte 0; closed with the source
    /// @param columns which ones, by name
    /// @throws IOException if it is no such file, or damaged, or some of the columns are no tensors; it names all
    public static TensorSource fromIpc(SeekableByteChannel file, Predicate<String> columns) throws IOException {
        return IpcSource.open(file, columns);
    }
}
