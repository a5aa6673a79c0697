package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stsw.Model;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Tensors for ONNX Runtime, and back; and ONNX models whose weights are in safetensors files.
///
/// What is made here is a copy that belongs to the caller, who closes it, whatever becomes of the file; only what
/// `zeroCopy` makes shares memory with the file, and may be used no longer than that is there. Copies lie outside the
/// heap and count against the limit that `-XX:MaxDirectMemorySize` sets.
///
/// F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL are handed over bit for bit. The others are refused with
/// [UnsupportedOperationException] before native code is entered, unless a type is named that holds each of their
/// values ([DType#holds(DType)]): FLOAT for the F8 types and F4, INT32 for U16, INT64 for U32. U64, C64 and F6 have
/// none.
///
/// ONNX Runtime's Java takes tensors of less than 2 GiB (1.29.0); larger ones are refused. Stateless; any number of
/// threads may use these methods, as far as what they are given allows it.
public final class OnnxTensors {
    private OnnxTensors() {}

    /// A copy of a tensor, of the same type, shape and bits.
    ///
    /// @throws UnsupportedOperationException if ONNX Runtime's Java has no such tensors
    /// @throws IllegalArgumentException if it takes 2 GiB or more
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws java.io.UncheckedIOException if the tensor's file was cut meanwhile
    public static OnnxTensor toOnnxTensor(Tensor tensor, OrtEnvironment environment) throws OrtException {
        return toOnnxTensor(tensor, environment, OnnxTypes.exact(tensor.dtype(), tensor.shape()));
    }

    /// A copy of a tensor, of a type that holds each of its values, such as FLOAT for BF16.
    ///
    /// @throws UnsupportedOperationException if that type does not hold every value of the tensor's dtype
    /// @throws IllegalArgumentException if it takes 2 GiB or more
    /// @throws IllegalStateException if the tensor's reader is closed
    /// @throws java.io.UncheckedIOException if the tensor's file was cut meanwhile
    public static OnnxTensor toOnnxTensor(Tensor tensor, OrtEnvironment environment, OnnxJavaType type)
            throws OrtException {
        return Copies.of(tensor, environment, type);
    }

    /// A tensor that shares its memory. The given one comes from a reader that was opened with this arena
    /// ([StreamReader#open(Path, dev.stsw.ReadOptions, Arena)]), or was allocated in it.
    ///
    /// When the arena is closed, the tensor is closed with it: asking it for values gives an [IllegalStateException]
    /// afterwards. Two things the virtual machine does not survive, because ONNX Runtime does not look: **giving a
    /// closed tensor to a session**, and closing the arena while **another thread** uses the tensor. Nothing may be
    /// written to it ([OnnxTensor#getBufferRef()]) where the memory is a mapped file.
    ///
    /// @throws UnsupportedOperationException if ONNX Runtime's Java has no such tensors
    /// @throws IllegalArgumentException if the memory does not belong to the arena, lies in the heap, or takes 2 GiB or
    ///     more
    /// @throws IllegalStateException if the arena is closed, or the tensor is a view with gaps
    public static OnnxTensor zeroCopy(Tensor tensor, OrtEnvironment environment, Arena arena) throws OrtException {
        return SharedMemory.tensor(tensor, environment, arena);
    }

    /// A copy of the values of a tensor, such as a session's output; in the heap.
    ///
    /// @throws UnsupportedOperationException if it is of a type that is none of safetensors', such as text
    /// @throws IllegalStateException if the tensor is closed
    public static Tensor fromOnnxTensor(OnnxTensor tensor) {
        return Copies.back(tensor);
    }

    /// Tensors as input of a writer, copied one at a time when they are asked for. They must stay open until then.
    ///
    /// @throws UnsupportedOperationException if some are of types that are none of safetensors'; it names all
    public static TensorSource fromOnnxTensors(Map<String, OnnxTensor> tensors) {
        return OnnxSource.of(tensors);
    }

    /// All tensors of a model, as [#load(TensorSource, OrtEnvironment)] hands them over.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static Map<String, OnnxTensor> load(Path model, OrtEnvironment environment)
            throws IOException, OrtException {
        try (Model opened = Model.open(model)) {
            return load(opened.asSource(), environment);
        }
    }

    /// All tensors of a model, as [#load(TensorSource, OrtEnvironment, OnnxJavaType)] hands them over.
    ///
    /// @param model a safetensors file, or the folder or index of a model of several ([Model#open(Path)])
    /// @throws dev.stsw.format.HeaderException if a file is not a safetensors file, or missing
    public static Map<String, OnnxTensor> load(Path model, OrtEnvironment environment, OnnxJavaType floats)
            throws IOException, OrtException {
        try (Model opened = Model.open(model)) {
            return load(opened.asSource(), environment, floats);
        }
    }

    /// Copies of all tensors of a source, in its order, bit for bit; the caller closes each. Does not close the source.
    /// A model for a session need not be loaded: see [#createSession(OrtEnvironment, Path, StreamReader, Function,
    /// ai.onnxruntime.OrtSession.SessionOptions)].
    ///
    /// @throws UnsupportedOperationException if ONNX Runtime's Java has no tensors of some of the dtypes; it names all
    /// @throws IOException if reading fails; then no tensor stays
    public static Map<String, OnnxTensor> load(TensorSource source, OrtEnvironment environment)
            throws IOException, OrtException {
        return Copies.load(source, environment, null);
    }

    /// The same, with floating-point tensors widened to one type where it holds their values: with FLOAT, F16, BF16,
    /// the F8 types and F4 become FLOAT, F64 stays, and integers are handed over as they are.
    ///
    /// @throws IllegalArgumentException if the type is neither FLOAT nor DOUBLE
    /// @throws UnsupportedOperationException if ONNX Runtime's Java has no tensors of some of the dtypes; it names all
    /// @throws IOException if reading fails; then no tensor stays
    public static Map<String, OnnxTensor> load(TensorSource source, OrtEnvironment environment, OnnxJavaType floats)
            throws IOException, OrtException {
        if (floats != OnnxJavaType.FLOAT && floats != OnnxJavaType.DOUBLE) {
            throw new IllegalArgumentException("floats are widened to FLOAT or DOUBLE, not to " + floats);
        }
        return Copies.load(source, environment, floats == OnnxJavaType.FLOAT ? DType.F32 : DType.F64);
    }

    /// Writes tensors in the reference's order. See [#fromOnnxTensors(Map)] and
    /// [Stsw#write(TensorSource, Path, WriteOptions)].
    public static void save(Map<String, OnnxTensor> tensors, Path file) throws IOException {
        save(tensors, file, WriteOptions.defaults());
    }

    /// Writes tensors in the reference's order. The file appears whole or not at all. See [#fromOnnxTensors(Map)] and
    /// [Stsw#write(TensorSource, Path, WriteOptions)].
    public static void save(Map<String, OnnxTensor> tensors, Path file, WriteOptions options) throws IOException {
        Stsw.write(TensorSources.inReferenceOrder(fromOnnxTensors(tensors)), file, options);
    }

    /// A session for an ONNX model whose weights are in a safetensors file. The weights are those initializers of the
    /// model's graph that lie outside of it (`data_location: EXTERNAL`, as exporters write them with external data);
    /// the files that they name are neither needed nor looked at. Weights go from the mapped file into the session
    /// without a copy in between, unless they are widened; when this returns, the reader may be closed.
    ///
    /// Each external initializer needs a tensor of its name, shape and type, or of a type whose values its own holds.
    /// Tensors that the model has no initializer for are left alone: one file may serve several graphs. Everything is
    /// compared before native code is entered.
    ///
    /// @param model an `.onnx` file
    /// @param mapping names of initializers to names of tensors; null where an initializer shall come from the file
    ///     that the model names
    /// @param options of the session; the weights are added to them, so they serve for this session alone
    /// @throws IllegalArgumentException if model and weights do not fit; it lists all mismatches, one a line
    /// @throws IOException if the model cannot be read, or is none
    public static OrtSession createSession(
            OrtEnvironment environment,
            Path model,
            StreamReader weights,
            Function<String, @Nullable String> mapping,
            OrtSession.SessionOptions options)
            throws IOException, OrtException {
        return Sessions.create(environment, model, Weights.of(weights), mapping, options);
    }

    /// A session for an ONNX model, whose weights bear the names of its initializers, with the options as they are by
    /// default. See the method above.
    public static OrtSession createSession(OrtEnvironment environment, Path model, StreamReader weights)
            throws IOException, OrtException {
        return create(environment, model, Weights.of(weights));
    }

    /// A session for an ONNX model whose weights are in one or several safetensors files, as with
    /// [#createSession(OrtEnvironment, Path, StreamReader, Function, OrtSession.SessionOptions)].
    ///
    /// @throws IllegalArgumentException if model and weights do not fit; it lists all mismatches, one a line
    /// @throws IOException if the ONNX model cannot be read, or is none, or a file of the weights is bad
    public static OrtSession createSession(
            OrtEnvironment environment,
            Path model,
            Model weights,
            Function<String, @Nullable String> mapping,
            OrtSession.SessionOptions options)
            throws IOException, OrtException {
        return Sessions.create(environment, model, Weights.of(weights), mapping, options);
    }

    /// The same, where weights bear the names of the model's initializers, with the options as they are by default.
    public static OrtSession createSession(OrtEnvironment environment, Path model, Model weights)
            throws IOException, OrtException {
        return create(environment, model, Weights.of(weights));
    }

    /// A session for an ONNX model whose weights are anything that can feed a writer, a PyTorch checkpoint among them,
    /// as with [#createSession(OrtEnvironment, Path, StreamReader, Function, OrtSession.SessionOptions)]. The weights
    /// are copied, and in memory twice until the session is there. Does not close the source.
    ///
    /// @throws IllegalArgumentException if model and weights do not fit; it lists all mismatches, one a line
    /// @throws IOException if the ONNX model cannot be read, or is none, or reading the weights fails
    public static OrtSession createSession(
            OrtEnvironment environment,
            Path model,
            TensorSource weights,
            Function<String, @Nullable String> mapping,
            OrtSession.SessionOptions options)
            throws IOException, OrtException {
        return Sessions.create(environment, model, Weights.of(weights), mapping, options);
    }

    /// The same, where weights bear the names of the model's initializers, with the options as they are by default.
    public static OrtSession createSession(OrtEnvironment environment, Path model, TensorSource weights)
            throws IOException, OrtException {
        return create(environment, model, Weights.of(weights));
    }

    private static OrtSession create(OrtEnvironment environment, Path model, Weights weights)
            throws IOException, OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            return Sessions.create(environment, model, weights, name -> name, options);
        }
    }
}
