package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Sources made from other sources. All are lazy: bytes flow only when the writer asks, through bounded buffers.
/// Closing
/// a derived source closes the ones beneath it.
@SuppressWarnings("DoNotCallSuggester")
public final class TensorSources {
    private TensorSources() {}

    /// Only the tensors whose name passes.
    public static TensorSource select(TensorSource source, Predicate<String> names) {
        throw new UnsupportedOperationException();
    }

    /// The same tensors under other names.
    ///
    /// @throws IllegalArgumentException if two tensors would have the same name
    public static TensorSource rename(TensorSource source, UnaryOperator<String> renaming) {
        throw new UnsupportedOperationException();
    }

    /// Floating-point tensors as another floating-point dtype, rounded to nearest, ties to even; the others unchanged.
    ///
    /// @throws IllegalArgumentException if the target is not a floating-point dtype that values can be rounded to
    public static TensorSource cast(TensorSource source, DType target) {
        throw new UnsupportedOperationException();
    }

    /// The tensors of all sources, one source after the other; metadata of all, where they do not contradict.
    ///
    /// @throws IllegalArgumentException if two sources have a tensor of the same name, or contradicting metadata
    public static TensorSource concat(List<? extends TensorSource> sources) {
        throw new UnsupportedOperationException();
    }

    /// The same tensors in another order; equal ones keep theirs.
    public static TensorSource ordered(TensorSource source, Comparator<? super TensorSpec> order) {
        throw new UnsupportedOperationException();
    }

    /// The same tensors in the order in which the reference writes them.
    public static TensorSource inReferenceOrder(TensorSource source) {
        return ordered(source, TensorSpec.REFERENCE_ORDER);
    }
}
