package dev.stsw.stream;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A low-rank adapter (LoRA) as PEFT, kohya's scripts or diffusers write it, and what becomes of a model with it: {@code W +
 * scale * B * A}. Immutable, for any number of threads.
 *
 * <p>The scale is alpha / rank, or alpha / sqrt(rank) for a rank-stabilized one. Alpha stands in {@code
 * adapter_config.json} (PEFT; {@code alpha_pattern} for single modules), or in a tensor beside A and B (kohya); where nobody says it, it is
 * the rank, and the scale is 1.
 *
 * <p>Weights of linear layers, of those that lie as {@code [in, out]} (GPT-2), of embeddings and convolutions. Whole tensors
 * in the adapter of PEFT ({@code modules_to_save}, biases) take the place of the model's. Not DoRA, LoHa, LoKr and other kinds: they are
 * no such sum.
 */
public final class Lora {
    private static final int SHOWN = 20;

    private final LoraNames names;
    private final LoraScaling scaling;

    private Lora(LoraNames names, LoraScaling scaling) {
        this.names = names;
        this.scaling = scaling;
    }

    /**
     * Looks at an adapter.
     *
     * @param tensors all that the adapter has
     * @param config the members of its {@code adapter_config.json}, as {@link dev.stsw.format.JsonObject} reads them; empty if it has none
     */
    public static Lora of(Collection<TensorSpec> tensors, Map<String, Object> config) {
        return new Lora(new LoraNames(tensors), new LoraScaling(config));
    }

    /** What it adds to, in its own order. Unmodifiable. */
    public List<LoraModule> modules() {
        return List.copyOf(names.modules());
    }

    /** The names, in the model, of tensors that it has as a whole. Unmodifiable. */
    public Set<String> whole() {
        return Set.copyOf(names.whole().keySet());
    }

    /** Its tensors that are neither, or of a kind that cannot be merged. Unmodifiable. */
    public List<String> unknown() {
        return List.copyOf(names.unknown());
    }

    /** Whether its names are those of PEFT. */
    public boolean isPeft() {
        return names.isPeft();
    }

    /** Whether its scale is alpha / sqrt(rank). */
    public boolean isRankStabilized() {
        return scaling.isRankStabilized();
    }

    /**
     * The alpha of a module; empty if nobody says it.
     *
     * @param adapter the source of its tensors
     */
    public OptionalDouble alpha(LoraModule module, TensorSource adapter) throws IOException {
        if (module.alpha().isEmpty()) {
            return scaling.alpha(module.name());
        }
        TensorSpec tensor = module.alpha().get();
        if (tensor.shape().elementCount() != 1 || tensor.dtype().bits() < 8) {
            throw new IllegalArgumentException("tensor " + TensorSpec.quote(tensor.name()) + " is no single number");
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(tensor.byteSize()));
        try (ReadableByteChannel channel = adapter.open(tensor.name())) {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new EOFException("the source ends inside tensor " + TensorSpec.quote(tensor.name()));
                }
            }
        }
        double[] alpha = new double[1];
        Elements.of(bytes).toDoubles(tensor.dtype(), 0, alpha, 0, 1);
        return OptionalDouble.of(alpha[0]);
    }

    /** What the product of a module is multiplied by. */
    public double scale(LoraModule module, TensorSource adapter) throws IOException {
        OptionalDouble alpha = alpha(module, adapter);
        return alpha.isPresent() ? scaling.scale(alpha.getAsDouble(), module.rank()) : 1;
    }

    /**
     * The model with the adapter in it: the same tensors, dtypes and metadata. Sums are F32, rounded once to the weight's
     * dtype. A and B of a weight are in memory while it is read. Closing the source closes both.
     *
     * @param base the model
     * @param adapter the source that this was made of the tensors of
     * @param strength what all products are multiplied by, too; 1 for the adapter as it was trained
     * @param listener is told what a weight lost by being rounded, as by {@link TensorSources#cast(TensorSource, dev.stsw.format.DType, Consumer)}
     * @throws IllegalArgumentException if the adapter is of another kind, or has modules that the model does not have, or of
     *     other shapes
     * @throws IOException if a tensor that alpha stands in cannot be read
     */
    public TensorSource merge(
            TensorSource base, TensorSource adapter, double strength, Consumer<? super CastCounts> listener)
            throws IOException {
        problem().ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        List<String> modules =
                new ArrayList<>(names.modules().stream().map(LoraModule::name).toList());
        modules.addAll(names.whole().keySet());
        LoraTargets targets = new LoraTargets(base.tensors(), modules);
        requireTargets(targets);
        Map<String, LoraSource.Sum> sums = new LinkedHashMap<>();
        for (LoraModule module : names.modules()) {
            TensorSpec weight = targets.find(module.name()).orElseThrow();
            requireAddable(weight, base);
            boolean transposed = LoraProduct.isTransposed(module, weight, scaling.fanInFanOut());
            double scale = scale(module, adapter) * strength;
            if (sums.put(weight.name(), new LoraSource.Sum(module, transposed, (float) scale)) != null) {
                throw new IllegalArgumentException("two modules are for tensor " + TensorSpec.quote(weight.name()));
            }
        }
        return new LoraSource(base, adapter, sums, replaced(targets), listener);
    }

    /** Why it cannot be merged into any model, as a sentence without its end; empty if nothing speaks against it. */
    public Optional<String> problem() {
        Optional<String> refusal = scaling.refusal();
        if (refusal.isPresent()) {
            return Optional.of("adapter_config.json: " + refusal.get());
        }
        if (!names.unknown().isEmpty()) {
            return Optional.of("tensors that are no part of a LoRA that can be merged: " + listed(names.unknown()));
        }
        return names.modules().isEmpty()
                ? Optional.of("no LoRA: it has no tensors such as X.lora_A.weight or X.lora_down.weight")
                : Optional.empty();
    }

    private void requireTargets(LoraTargets targets) {
        List<String> missing = new ArrayList<>();
        names.modules().stream()
                .map(LoraModule::name)
                .filter(name -> targets.find(name).isEmpty())
                .forEach(missing::add);
        names.whole().keySet().stream()
                .filter(name -> targets.whole(name).isEmpty())
                .forEach(missing::add);
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("the base has no tensors for " + missing.size() + " of "
                    + (names.modules().size() + names.whole().size()) + " modules: " + listed(missing));
        }
    }

    private static String listed(List<String> all) {
        int more = all.size() - SHOWN;
        return all.stream().limit(SHOWN).map(TensorSpec::quote).collect(Collectors.joining(", "))
                + (more > 0 ? " and " + more + " more" : "");
    }

    private static void requireAddable(TensorSpec weight, TensorSource base) {
        switch (weight.dtype()) {
            case F32, F16, BF16, F8_E5M2, F8_E4M3, F8_E4M3FNUZ, F8_E5M2FNUZ -> {}
            default ->
                throw new IllegalArgumentException("tensor " + TensorSpec.quote(weight.name()) + " of the base is "
                        + weight.dtype() + ", which nothing can be added to");
        }
        if (weight.dtype().bits() > 8) {
            return;
        }
        Set<String> all = base.tensors().stream().map(TensorSpec::name).collect(Collectors.toSet());
        Quantization.scaleOf(weight, all::contains).ifPresent(scale -> {
            throw new IllegalArgumentException(
                    "tensor " + TensorSpec.quote(weight.name()) + " of the base is quantized, with the scale "
                            + TensorSpec.quote(scale) + ": dequantize the base first");
        });
    }

    private Map<String, TensorSpec> replaced(LoraTargets targets) {
        Map<String, TensorSpec> replaced = new LinkedHashMap<>();
        names.whole().forEach((name, tensor) -> {
            TensorSpec weight = targets.whole(name).orElseThrow();
            boolean same = weight.dtype() == tensor.dtype()
                    || (Narrowing.supports(weight.dtype()) && Elements.isFloatingPoint(tensor.dtype()));
            if (!weight.shape().equals(tensor.shape()) || !same) {
                throw new IllegalArgumentException("tensor " + TensorSpec.quote(tensor.name()) + " is " + tensor.dtype()
                        + " "
                        + tensor.shape() + ", and cannot take the place of " + TensorSpec.quote(weight.name()) + ", "
                        + weight.dtype() + " " + weight.shape());
            }
            replaced.put(weight.name(), tensor);
        });
        return replaced;
    }
}
