package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.CastCounts;
import dev.stsw.stream.Quantization;
import dev.stsw.stream.QuantizedWeight;
import dev.stsw.stream.TensorSources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/// What `--dtype` does to a source: which tensors it casts and leaves, and, when their bytes have flowed, what they
/// lost.
final class Casting {
    private final DType target;
    /// Of several workers.
    private final Map<String, CastCounts> counts = new ConcurrentHashMap<>();

    private final List<String> cast = new ArrayList<>();

    Casting(DType target) {
        this.target = target;
    }

    /// The source's tensors as the target dtype, and a note on each that changes or cannot.
    TensorSource apply(TensorSource source, List<Note> notes) {
        TensorSource made = TensorSources.cast(
                source, target, told -> counts.put(told.tensor().name(), told));
        for (int i = 0; i < made.tensors().size(); i++) {
            TensorSpec before = source.tensors().get(i);
            if (before.dtype() != made.tensors().get(i).dtype()) {
                notes.add(new Note(Note.CAST, before.name(), before.dtype() + " to " + target));
                if (before.shape().elementCount() != 0) {
                    cast.add(before.name());
                }
            } else if (before.dtype() != target) {
                leave(before, notes);
            }
        }
        return made;
    }

    /// Dequantizes weights, and counts what those lose that are written.
    TensorSource dequantized(Quantization found, List<QuantizedWeight> written, TensorSource source) {
        written.stream()
                .filter(weight -> weight.shape().elementCount() != 0)
                .forEach(weight -> cast.add(weight.name()));
        return found.dequantize(source, target, told -> counts.put(told.tensor().name(), told));
    }

    /// Integers are no surprise.
    private static void leave(TensorSpec tensor, List<Note> notes) {
        switch (tensor.dtype()) {
            case F6_E2M3, F6_E3M2 ->
                notes.add(new Note(Note.LEFT, tensor.name(), tensor.dtype() + ": nothing defines how it is packed"));
            case C64 -> notes.add(new Note(Note.LEFT, tensor.name(), "C64: complex numbers"));
            default -> {}
        }
    }

    /// What was lost, when all has been written: of each kind, the tensors with the most of it first.
    List<Note> losses() {
        List<Note> notes = new ArrayList<>();
        add(notes, Note.OVERFLOW, CastCounts::infinite, "became infinite");
        add(notes, Note.OVERFLOW, CastCounts::nan, "became NaN");
        if (target == DType.F8_E8M0) {
            add(notes, Note.UNDERFLOW, CastCounts::saturated, "became 2^-127, the smallest");
        } else {
            add(notes, Note.OVERFLOW, CastCounts::saturated, "became 448, the largest");
        }
        add(notes, Note.UNDERFLOW, CastCounts::zero, "became zero");
        add(notes, Note.WARNING, CastCounts::unsigned, "lost their sign");
        long unknown = cast.stream().filter(name -> !counts.containsKey(name)).count();
        if (unknown > 0) {
            notes.add(new Note(
                    Note.WARNING,
                    "",
                    "what was lost is not known of " + Units.count(unknown, "tensor")
                            + " that an earlier attempt cast"));
        }
        return notes;
    }

    private void add(List<Note> notes, String kind, ToLongFunction<CastCounts> loss, String words) {
        cast.stream()
                .filter(counts::containsKey)
                .map(counts::get)
                .filter(told -> loss.applyAsLong(told) > 0)
                .sorted(Comparator.comparingLong(loss).reversed())
                .forEach(told -> {
                    TensorSpec tensor = told.tensor();
                    String share = Units.grouped(loss.applyAsLong(told)) + " of "
                            + Units.count(tensor.shape().elementCount(), "value");
                    notes.add(new Note(
                            kind, tensor.name(), tensor.dtype() + " to " + target + ": " + share + " " + words));
                });
    }
}
