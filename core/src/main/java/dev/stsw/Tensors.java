package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Sources made of tensors in memory. See [dev.stsw.stream.TensorSources] for sources made from other sources.
public final class Tensors {
    private Tensors() {}

    /// Tensors in memory, in the map's order, without metadata. They must stay valid until they were written.
    public static TensorSource source(Map<String, Tensor> tensors) {
        return new MapSource(tensors, Optional.empty());
    }

    /// Makes one tensor of another.
    @FunctionalInterface
    public interface Mapping {
        /// Makes the tensor.
        ///
        /// @param original as the source declares it
        /// @param tensor its values, valid until what is made of them was written
        /// @return the same or others, of the dtype and shape that were announced
        /// @throws IOException if that cannot be done; the write ends with it
        Tensor map(TensorSpec original, Tensor tensor) throws IOException;
    }

    /// All tensors of a source, each made into another one. One tensor, and what is made of it, is in memory at a
    /// time, outside the heap if the mapping leaves it there; several with [WriteOptions#withWorkers(int)], and the
    /// mapping is then called by several threads.
    ///
    /// @param specs what becomes of each tensor: it may have another dtype, shape and name
    /// @throws IllegalArgumentException if two tensors would have the same name
    public static TensorSource map(TensorSource source, UnaryOperator<TensorSpec> specs, Mapping mapping) {
        return map(source, name -> true, specs, mapping);
    }

    /// The same of some tensors; the others flow through as they are, by a bounded buffer.
    ///
    /// @param names which tensors are mapped
    /// @param specs what becomes of each of these
    /// @throws IllegalArgumentException if two tensors would have the same name
    public static TensorSource map(
            TensorSource source, Predicate<String> names, UnaryOperator<TensorSpec> specs, Mapping mapping) {
        return new MappedSource(
                source,
                Objects.requireNonNull(names, "names"),
                Objects.requireNonNull(specs, "specs"),
                Objects.requireNonNull(mapping, "mapping"));
    }

    /// A source with other tensors in the place of those of the same name, whatever their dtype and shape; those of
    /// other names come behind all, in the map's order. They must stay valid until they were written.
    public static TensorSource replace(TensorSource source, Map<String, Tensor> tensors) {
        return new ReplacedSource(source, tensors);
    }
}
