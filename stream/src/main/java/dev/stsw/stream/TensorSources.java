package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Sources made from other sources. All are lazy: bytes flow only when the writer asks, through bounded buffers. Closing
 * a derived source closes the ones beneath it.
 */
public final class TensorSources {
    private TensorSources() {}

    /** Only the tensors whose name passes. */
    public static TensorSource select(TensorSource source, Predicate<String> names) {
        return new DerivedSource(
                source,
                source.tensors().stream()
                        .filter(tensor -> names.test(tensor.name()))
                        .toList());
    }

    /**
     * The same tensors under other names.
     *
     * @throws IllegalArgumentException if two tensors would have the same name
     */
    public static TensorSource rename(TensorSource source, UnaryOperator<String> renaming) {
        List<TensorSpec> originals = source.tensors();
        return new DerivedSource(
                source,
                originals.stream()
                        .map(tensor -> new TensorSpec(renaming.apply(tensor.name()), tensor.dtype(), tensor.shape()))
                        .toList(),
                originals.stream().map(TensorSpec::name).toList());
    }

    /** The same without a listener. See {@link #cast(TensorSource, DType, Consumer)}. */
    public static TensorSource cast(TensorSource source, DType target) {
        return cast(source, target, counts -> {});
    }

    /**
     * Floating-point tensors as another floating-point dtype, bit for bit as torch 2.13 does it: by way of F32,
     * rounded to nearest, ties to even. F4 and F8_E8M0 are read as the numbers that their codes stand for, without any
     * scale that may lie beside them. Integers, C64, and F6, whose packing nobody defines, are left as they are.
     *
     * <p>Overflow is infinite where the dtype has infinities (F32, F16, BF16, F8_E5M2); in F8_E4M3 it is the largest
     * number, 448; in F8_E4M3FNUZ, F8_E5M2FNUZ and F8_E8M0 it is NaN. F8_E8M0 takes the nearest power of two, and no
     * sign. The listener is told what was lost.
     *
     * @param listener gets the counts of a tensor when its last element was converted, from the thread that reads it:
     *     from several threads where several read. Each time that a tensor is read to its end; not for tensors that
     *     are left as they are, have no elements, or of which a resumed write has no need
     * @throws IllegalArgumentException if the target is none of F64, F32, F16, BF16 and the F8 types
     */
    public static TensorSource cast(TensorSource source, DType target, Consumer<? super CastCounts> listener) {
        return new CastSource(source, target, Objects.requireNonNull(listener, "listener"));
    }

    /**
     * The tensors of all sources, one source after the other, and the metadata of all; if the sources contradict each
     * other there, asking for the metadata throws {@link IllegalStateException}.
     *
     * @throws IllegalArgumentException if two sources have a tensor of the same name
     */
    public static TensorSource concat(List<? extends TensorSource> sources) {
        return new JoinedSource(sources);
    }

    /** Computes the rows of a tensor. */
    @FunctionalInterface
    public interface RowFiller {
        /**
         * Fills one row.
         *
         * @param row index of the first dimension, from 0 on; in order, each once for each time that the tensor is read
         * @param out as many elements as a row has, all to be set; the same array each time, with the last row in it
         * @throws IOException if it cannot be had; the write ends with it
         */
        void fill(long row, float[] out) throws IOException;
    }

    /**
     * One tensor, computed row by row as it is written; one row is in memory. Values are rounded to the dtype as
     * {@link #cast(TensorSource, DType)} rounds them. Several become one source with {@link #concat(List)}.
     *
     * @throws IllegalArgumentException if the dtype is none of F64, F32, F16, BF16 and the F8 types, or the tensor is a scalar
     */
    public static TensorSource rows(TensorSpec tensor, RowFiller filler) {
        return new RowSource(tensor, Objects.requireNonNull(filler, "filler"));
    }

    /**
     * Some of the tensors, in the order of the list, and the source's metadata.
     *
     * @param tensors of the source
     */
    public static TensorSource part(TensorSource source, List<TensorSpec> tensors) {
        return new PartSource(source, Objects.requireNonNull(tensors, "tensors"), source.metadata());
    }

    /** The same tensors with other metadata; empty for none. */
    public static TensorSource withMetadata(TensorSource source, Optional<Map<String, String>> metadata) {
        return new PartSource(source, source.tensors(), Objects.requireNonNull(metadata, "metadata"));
    }

    /** The same tensors in another order; equal ones keep theirs. */
    public static TensorSource ordered(TensorSource source, Comparator<? super TensorSpec> order) {
        return DerivedSource.reordered(
                source, source.tensors().stream().sorted(order).toList());
    }

    /** The same tensors in the order in which the reference writes them. */
    public static TensorSource inReferenceOrder(TensorSource source) {
        return ordered(source, TensorSpec.REFERENCE_ORDER);
    }
}
