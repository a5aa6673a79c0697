package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The quantized weights of a model, and which tensors hold their scales, told by names, dtypes and shapes; turns them
 * into plain floating-point tensors. Immutable, for any number of threads.
 *
 * <ul>
 *   <li>FP8: {@code X} (F8_E4M3, F8_E5M2 or an FNUZ type) with {@code X_scale}, {@code X_scale_inv} and other names:
 *       one scale, one for each of the first dimension (row, expert), or one for each block of the last two, 128 x 128 if
 *       nobody says otherwise. Also those whose name says {@code inv} are multiplied, as in DeepSeek's files.
 *   <li>MXFP4 and MXFP8: {@code X_blocks} and {@code X_scales} (U8, as gpt-oss), or F4, packed U8 ({@code X_packed}) or FP8 with
 *       exponents (F8_E8M0 or U8) for each 32 values.
 *   <li>NVFP4: packed U8 or F4 with F8_E4M3 scales for each 16 values, and a second scale: {@code X_scale_2}, which is
 *       multiplied (ModelOpt), or {@code X_global_scale}, which divides (compressed-tensors, {@code X_packed}).
 * </ul>
 *
 * <p>Each value is its code times its scale, in F32, rounded once to the target, bit for bit as torch 2.13 does that; of two
 * scales, the product or quotient is made first, in F32. An exponent of 255 is NaN.
 */
public final class Quantization {
    private final List<TensorSpec> tensors;
    private final Optional<long[]> hint;
    private final boolean swap;
    private final List<QuantizedWeight> weights = new ArrayList<>();
    private final List<Unknown> unknown = new ArrayList<>();

    /**
     * A weight that has a scale, and that cannot be dequantized.
     *
     * @param tensor that holds its codes
     * @param scale name of the tensor that holds its scale
     * @param reason why, as the end of a sentence about it
     */
    public record Unknown(TensorSpec tensor, String scale, String reason) {}

    private Quantization(Collection<TensorSpec> tensors, Optional<long[]> hint, boolean swap) {
        this.tensors = List.copyOf(tensors);
        this.hint = hint;
        this.swap = swap;
        Map<String, TensorSpec> byName = new HashMap<>();
        this.tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
        QuantizedWeightFinder finder = new QuantizedWeightFinder(byName, hint, swap);
        for (TensorSpec tensor : this.tensors) {
            scaleOf(tensor, byName::containsKey).ifPresent(scale -> take(tensor, scale, finder));
        }
    }

    private void take(TensorSpec tensor, String scale, QuantizedWeightFinder finder) {
        try {
            weights.add(finder.find(tensor, scale));
        } catch (IllegalArgumentException e) {
            unknown.add(new Unknown(tensor, scale, String.valueOf(e.getMessage())));
        }
    }

    private Quantization(Quantization all, Predicate<QuantizedWeight> weights, Predicate<Unknown> unknown) {
        this.tensors = all.tensors;
        this.hint = all.hint;
        this.swap = all.swap;
        all.weights.stream().filter(weights).forEach(this.weights::add);
        all.unknown.stream().filter(unknown).forEach(this.unknown::add);
    }

    /** Looks for quantized weights among the tensors of a model, which should be all that it has. */
    public static Quantization of(Collection<TensorSpec> tensors) {
        return new Quantization(tensors, Optional.empty(), false);
    }

    /**
     * The same of all tensors, with blocks of another size, where the shapes allow it: what {@code config.json} has under {@code
     * quantization_config.weight_block_size}.
     *
     * @throws IllegalArgumentException if a size is not positive
     */
    public Quantization withBlocks(long rows, long columns) {
        if (rows <= 0 || columns <= 0) {
            throw new IllegalArgumentException("blocks of " + rows + " x " + columns + " values");
        }
        return new Quantization(tensors, Optional.of(new long[] {rows, columns}), swap);
    }

    /**
     * The same of all tensors, with the last two dimensions of gpt-oss' weights ({@code X_blocks}) swapped, as the classes of transformers
     * have them: {@code [experts, in, out]}, where the file has {@code [experts, out, in]}. One matrix is held in memory.
     */
    public Quantization withSwappedBlocks() {
        return new Quantization(tensors, hint, true);
    }

    /** Only the weights whose {@linkplain QuantizedWeight#name() name} passes; the others stay codes and scales. */
    public Quantization only(Predicate<String> names) {
        return new Quantization(
                this,
                weight -> names.test(weight.name()),
                weight -> names.test(weight.tensor().name()));
    }

    /** Only the weights that can be dequantized; the others stay codes and scales. */
    public Quantization withoutUnknown() {
        return new Quantization(this, weight -> true, weight -> false);
    }

    /** The weights that can be dequantized, in the order of their codes. Unmodifiable. */
    public List<QuantizedWeight> weights() {
        return List.copyOf(weights);
    }

    /** Those that cannot. Unmodifiable. */
    public List<Unknown> unknown() {
        return List.copyOf(unknown);
    }

    /**
     * The scale of a tensor, if its dtype is one that quantizers use and there is a tensor of a name that they give to its
     * scale. Not those of activations.
     *
     * @param exists whether there is a tensor of that name
     */
    public static Optional<String> scaleOf(TensorSpec tensor, Predicate<String> exists) {
        return ScaleNames.of(tensor.name(), tensor.dtype(), exists);
    }

    /** The names that the scales of a tensor could have, for whoever looks for them elsewhere. */
    public static Stream<String> scaleNames(TensorSpec tensor) {
        return ScaleNames.candidates(tensor.name(), tensor.dtype());
    }

    /** Whether a tensor's name is that of a scale of what flows between the layers: of no use to dequantized weights. */
    public static boolean isOfActivations(String name) {
        return ScaleNames.isOfActivations(name);
    }

    /** Whether a cast would change a tensor's codes; other dtypes hold several of them in an integer. */
    public static boolean isCode(DType dtype) {
        return ScaleNames.isCode(dtype);
    }

    /**
     * The source with these weights dequantized, in the places of their codes, and without their scales; the rest stays as
     * it is.
     *
     * <p>A source that is not {@linkplain TensorSource#concurrent() concurrent} is asked for a weight's scales before its
     * codes; those of MXFP4 and NVFP4 are limited to 16 MiB a weight then.
     *
     * @param source with the tensors that this was made of, or more
     * @param target F64, F32, F16 or BF16
     * @param listener is told what was lost, as by {@link TensorSources#cast(TensorSource, DType, Consumer)}
     * @throws IllegalArgumentException if there are weights that cannot be dequantized, or for another target
     */
    public TensorSource dequantize(TensorSource source, DType target, Consumer<? super CastCounts> listener) {
        if (!unknown.isEmpty()) {
            Unknown first = unknown.get(0);
            throw new IllegalArgumentException(
                    "tensor " + TensorSpec.quote(first.tensor().name()) + " cannot be dequantized: " + first.reason());
        }
        if (!Narrowing.supports(target) || target.bits() < 16) {
            throw new IllegalArgumentException("weights cannot be dequantized to " + target);
        }
        Set<String> scales = new HashSet<>();
        weights.forEach(weight -> weight.scales().forEach(scale -> scales.add(scale.name())));
        return new DequantizedSource(source, weights, scales, target, listener);
    }
}
