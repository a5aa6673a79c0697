package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import dev.stsw.Model;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Tensors as arrays of the Deep Java Library (DJL) with its PyTorch engine, and back.
///
/// Arrays belong to the [NDManager] that is given, and lie on its device, `Device.cpu()` or `Device.gpu()`. They are
/// copies, valid as long as their manager, whatever becomes of the file; only what `zeroCopy` makes shares memory with
/// the file, and may be used no longer than that is there.
///
/// F64, F32, F16, I64, I32, I8, U8 and BOOL are handed over bit for bit. The engine has no other types, and ends the
/// virtual machine when it is asked for one. So the others are refused with [UnsupportedOperationException] before any
/// native code is entered, unless a type is named that holds each of their values ([DType#holds(DType)]): FLOAT32 for
/// BF16, the F8 types and F4, INT32 for I16 and U16, INT64 for U32. U64, C64 and F6 have none.
///
/// Tensors may be larger than 2 GiB, but for `zeroCopy`. Stateless; any number of threads may use these methods, as far
/// as what they are given allows it.
public final class DjlTensors {
    private DjlTensors() {}

    /// A tensor as an array of the same type, shape and bits, copied once.
    ///
    /// @throws UnsupportedOperationException if the engine has no such arrays
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws UncheckedIOException if the tensor's file was cut meanwhile
    public static NDArray toNDArray(Tensor tensor, NDManager manager) {
        return copy(tensor, manager, ArrayTypes.exact(tensor.dtype(), tensor.shape()));
    }

    /// A tensor as an array of a type that holds each of its values, such as FLOAT32 for BF16.
    ///
    /// @throws UnsupportedOperationException if that type does not hold every value of the tensor's dtype
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws UncheckedIOException if the tensor's file was cut meanwhile
    public static NDArray toNDArray(Tensor tensor, NDManager manager, DataType type) {
        return copy(tensor, manager, type);
    }

    private static NDArray copy(Tensor tensor, NDManager manager, DataType type) {
        DType wanted = ArrayTypes.widened(tensor.dtype(), tensor.shape(), type);
        Managers.check(manager);
        try (TensorSource source = Tensors.source(Map.of("tensor", tensor));
                ReadableByteChannel bytes = source.open("tensor")) {
            return ArrayFilling.create(manager, tensor.shape(), tensor.dtype(), wanted, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A tensor as an array on the host that shares its memory. The tensor comes from a reader that was opened with
    /// this arena ([StreamReader#open(Path, dev.stsw.ReadOptions, Arena)]), or was allocated in it.
    ///
    /// When the arena is closed, the array is closed with it, and so is all that was derived from it and still belongs
    /// to its manager: whoever uses it afterwards gets an [IllegalStateException]. Two things the virtual machine does
    /// not survive, because nobody can stop libtorch from doing them: **writing** to the array where the memory is a
    /// mapped file (`muli` and its like), and using it in **another thread** while the arena is being closed. Copies
    /// and [#zeroCopy(Path, NDManager)] have no such limits.
    ///
    /// @throws UnsupportedOperationException if the engine has no such arrays
    /// @throws IllegalArgumentException if the memory does not belong to the arena, lies in the heap, is larger than 2
    ///     GiB, or if the manager's device is not the host
    /// @throws IllegalStateException if the arena is closed, or the tensor is a view with gaps
    public static NDArray zeroCopy(Tensor tensor, NDManager manager, Arena arena) {
        return SharedMemory.array(tensor, manager, arena);
    }

    /// All tensors of a file as arrays on the host that share the file's pages, named as in the file. Nothing is read
    /// before it is used, and pages are shared with other processes that map the same file.
    ///
    /// The mapping belongs to the manager: closing it ends arrays and mapping, and whoever uses an array afterwards
    /// gets an [IllegalStateException]. Give it a manager of its own if the arrays shall go earlier than others.
    /// Writing to arrays is allowed, and changes the array alone, never the file. If someone else cuts the file, the
    /// virtual machine does not survive a look at what is gone.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws UnsupportedOperationException if the engine has no arrays of some of the tensors' dtypes; it names all
    /// @throws java.nio.file.AccessDeniedException if the file cannot be opened for writing, which a mapping that may
    ///     be written to needs, although nothing is written
    /// @throws IllegalArgumentException if a tensor is larger than 2 GiB, or the manager's device is not the host
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static NDList zeroCopy(Path model, NDManager manager) throws IOException {
        return SharedMemory.map(model, manager);
    }

    /// A copy of an array's values, outside the heap, freed when it is garbage; it counts against the limit that
    /// `-XX:MaxDirectMemorySize` sets. The array may be on any device. What only goes to a file needs no copy: see
    /// [#save(NDList, Path)].
    ///
    /// @throws UnsupportedOperationException if the array is of a type that is none of safetensors'
    /// @throws IllegalStateException if the array is closed
    public static Tensor fromNDArray(NDArray array) {
        return ArrayTensors.copy(array);
    }

    /// The arrays under their names ([NDArray#getName()]), as input of a writer, copied part by part when they are
    /// asked for. They must stay open until then.
    ///
    /// @throws IllegalArgumentException if an array has no name, or two have the same
    /// @throws UnsupportedOperationException if arrays are of types that are none of safetensors'; it names all
    public static TensorSource fromNDList(NDList arrays) {
        return ArraySource.of(arrays);
    }

    /// All tensors of a model, as [#load(TensorSource, NDManager)] hands them over.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static NDList load(Path model, NDManager manager) throws IOException {
        try (Model opened = Model.open(model)) {
            return load(opened.asSource(), manager);
        }
    }

    /// All tensors of a model, as [#load(TensorSource, NDManager, DataType)] hands them over.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static NDList load(Path model, NDManager manager, DataType floats) throws IOException {
        try (Model opened = Model.open(model)) {
            return load(opened.asSource(), manager, floats);
        }
    }

    /// All tensors of a source, in its order and under their names, bit for bit. Bytes are read into the arrays'
    /// memory, without a stop in the heap, by a thread for each core where the source allows it
    /// ([TensorSource#concurrent()]). Does not close the source.
    ///
    /// @throws UnsupportedOperationException if the engine has no arrays of some of the tensors' dtypes; it names all
    /// @throws IOException if reading fails; then no array stays
    public static NDList load(TensorSource source, NDManager manager) throws IOException {
        return Loading.load(source, manager, null);
    }

    /// The same, with floating-point tensors widened to one type where it holds their values: with FLOAT32, F16, BF16,
    /// the F8 types and F4 become FLOAT32, F64 stays, and integers are handed over as they are.
    ///
    /// @throws IllegalArgumentException if the type is neither FLOAT32 nor FLOAT64
    /// @throws UnsupportedOperationException if the engine has no arrays of some of the tensors' dtypes; it names all
    /// @throws IOException if reading fails; then no array stays
    public static NDList load(TensorSource source, NDManager manager, DataType floats) throws IOException {
        if (floats != DataType.FLOAT32 && floats != DataType.FLOAT64) {
            throw new IllegalArgumentException("floats are widened to FLOAT32 or FLOAT64, not to " + floats.name());
        }
        return Loading.load(source, manager, floats);
    }

    /// Writes arrays under their names, in the reference's order. See [#fromNDList(NDList)] and
    /// [Stsw#write(TensorSource, Path, WriteOptions)].
    public static void save(NDList arrays, Path file) throws IOException {
        save(arrays, file, WriteOptions.defaults());
    }

    /// Writes arrays under their names, in the reference's order. The file appears whole or not at all. See
    /// [#fromNDList(NDList)] and [Stsw#write(TensorSource, Path, WriteOptions)].
    public static void save(NDList arrays, Path file, WriteOptions options) throws IOException {
        write(fromNDList(arrays), file, options);
    }

    /// Gives a block the tensors of a model.
    ///
    /// Every parameter of the block needs a tensor, and every tensor a parameter; choose with
    /// [TensorSources#select(TensorSource, java.util.function.Predicate)]. Shapes must be the same. A parameter that is
    /// initialised (as all of a loaded PyTorch model are) keeps its array, its type and its device, and gets the
    /// values, widened where the type holds them. Any other one gets a new array on the manager's device: of the
    /// tensor's own type, but FLOAT32 where that is a narrower float, because DJL's blocks compute in it; initialise
    /// the block afterwards, which leaves the arrays as they are. Before anything is changed, everything is compared.
    /// If reading fails later on, parameters may hold values of the model or their own.
    ///
    /// @param mapping names of the block's parameters to names of the model's tensors; null leaves a parameter as it is
    /// @throws IllegalArgumentException if block and model do not fit; it lists all mismatches, one a line
    /// @throws IOException if reading fails
    public static void loadParameters(
            Block block, TensorSource model, Function<String, @Nullable String> mapping, NDManager manager)
            throws IOException {
        BlockParameters.load(block, model, mapping, manager);
    }

    /// Writes the parameters of a block, in the reference's order. The file appears whole or not at all.
    ///
    /// @param mapping names of the block's parameters to names of the file's tensors
    /// @throws IllegalStateException if parameters are not initialised; it names all
    /// @throws IllegalArgumentException if two parameters get the same name
    /// @throws UnsupportedOperationException if arrays are of types that are none of safetensors'; it names all
    public static void saveParameters(Block block, Path file, UnaryOperator<String> mapping, WriteOptions options)
            throws IOException {
        write(BlockParameters.source(block, mapping), file, options);
    }

    private static void write(TensorSource source, Path file, WriteOptions options) throws IOException {
        Stsw.write(TensorSources.inReferenceOrder(source), file, options);
    }
}
