package dev.stsw.cli;

import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Quantization;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The weights among the tensors of a cast that mean nothing without the scales beside them.
final class QuantizedWeights {
    private final Set<String> known = new HashSet<>();
    private final List<TensorSpec> weights = new ArrayList<>();
    private final List<String> scales = new ArrayList<>();

    /// That there is a tensor of that name, wherever in the model.
    void knows(String name) {
        known.add(name);
    }

    /// Looks at a tensor that is to be written.
    void look(TensorSpec tensor) {
        Quantization.scaleOf(tensor, known::contains).ifPresent(scale -> {
            weights.add(tensor);
            scales.add(scale);
        });
    }

    /// @throws IllegalArgumentException if there are such weights
    void refuse() {
        if (weights.isEmpty()) {
            return;
        }
        TensorSpec first = weights.get(0);
        String others = weights.size() == 1 ? "" : ", and " + Units.count(weights.size() - 1, "other tensor");
        throw new IllegalArgumentException("tensor " + TensorSpec.quote(first.name()) + " is quantized: its values are "
                + first.dtype() + " codes times the scale in " + TensorSpec.quote(scales.get(0)) + others
                + "; --dtype would " + (Quantization.isCode(first.dtype()) ? "cast" : "leave")
                + " the codes and not multiply them: --dequantize does, and --ignore-scales goes on without");
    }

    /// What is done to them all the same.
    void tell(List<Note> notes) {
        for (int i = 0; i < weights.size(); i++) {
            TensorSpec tensor = weights.get(i);
            boolean code = Quantization.isCode(tensor.dtype());
            notes.add(new Note(
                    Note.WARNING,
                    tensor.name(),
                    tensor.dtype() + " codes " + (code ? "cast" : "left as they are") + " without their scale "
                            + scales.get(i)));
        }
    }
}
