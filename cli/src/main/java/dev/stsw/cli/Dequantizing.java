package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Quantization;
import dev.stsw.stream.QuantizedWeight;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// What `--dequantize` does to a source: weights times scales, whose tensors are left out, also those of other shards.
final class Dequantizing {
    private final Casting casting;
    private final DType target;
    private final boolean swap;

    /// @param casting counts what is lost
    Dequantizing(Casting casting, DType target, boolean swap) {
        this.casting = casting;
        this.target = target;
        this.swap = swap;
    }

    /// @param files the input's
    /// @param meant which weights are meant, by the names that they have in the end
    /// @param written which of the input's tensors are wanted
    /// @throws IllegalArgumentException if one of those that are meant and wanted cannot be dequantized
    TensorSource apply(
            List<Path> files, TensorSource input, Predicate<String> meant, Predicate<String> written, List<Note> notes)
            throws IOException {
        TensorSource source = withScalesOfSiblings(files, input);
        Quantization found = Quantization.of(source.tensors());
        Optional<QuantizationConfig> config = QuantizationConfig.beside(files, notes);
        if (config.isPresent()) {
            found = config.get().applied(found);
        }
        found = (swap ? found.withSwappedBlocks() : found).only(meant);
        refuse(found.unknown().stream()
                .filter(weight -> written.test(weight.tensor().name()))
                .toList());
        found = found.withoutUnknown();
        List<QuantizedWeight> weights = found.weights().stream()
                .filter(weight -> written.test(weight.name()))
                .toList();
        tell(weights, notes);
        if (weights.isEmpty()) {
            notes.add(new Note(Note.WARNING, "", "--dequantize found no quantized weight"));
            return input;
        }
        input.tensors().stream()
                .filter(tensor -> Quantization.isOfActivations(tensor.name()) && written.test(tensor.name()))
                .forEach(tensor -> notes.add(new Note(Note.LEFT, tensor.name(), "scale of activations")));
        config.ifPresent(known -> known.tell(notes));
        return casting.dequantized(found, weights, source);
    }

    private static TensorSource withScalesOfSiblings(List<Path> files, TensorSource input) throws IOException {
        Set<String> wanted = new HashSet<>();
        input.tensors().forEach(tensor -> Quantization.scaleNames(tensor).forEach(wanted::add));
        input.tensors().forEach(tensor -> wanted.remove(tensor.name()));
        SiblingScales others = SiblingScales.of(files, wanted);
        return others.tensors().isEmpty() ? input : TensorSources.concat(List.of(input, others));
    }

    private static void refuse(List<Quantization.Unknown> unknown) {
        if (unknown.isEmpty()) {
            return;
        }
        Quantization.Unknown first = unknown.get(0);
        String others = unknown.size() == 1 ? "" : "; nor can " + Units.count(unknown.size() - 1, "other tensor");
        throw new IllegalArgumentException("tensor "
                + TensorSpec.quote(first.tensor().name()) + " cannot be dequantized: " + first.reason() + others);
    }

    private void tell(List<QuantizedWeight> weights, List<Note> notes) {
        boolean asStored = false;
        for (QuantizedWeight weight : weights) {
            String order = weight.isSwapped() ? ", last two dimensions swapped" : "";
            notes.add(new Note(Note.DEQUANTIZED, weight.name(), weight.form() + ", to " + target + order));
            asStored |= !swap
                    && weight.codes().name().endsWith("_blocks")
                    && weight.shape().rank() > 2;
        }
        for (QuantizedWeight weight : weights) {
            weight.scales()
                    .forEach(scale -> notes.add(new Note(Note.DROPPED, scale.name(), "scale of a dequantized weight")));
        }
        if (asStored) {
            notes.add(new Note(
                    Note.WARNING,
                    "",
                    "blocks keep their order, [experts, out, in]; --swap-blocks writes [experts, in, out], as the classes of"
                            + " transformers have it"));
        }
    }
}
