package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Found.Named;
import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Items;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What DeepSpeed notes beside the module in its {@code …model_states.pt}: the shapes of the parameters before ZeRO cut them. */
final class DeepSpeedShapes {
    private static final String PARAM_SHAPES = "param_shapes";

    private DeepSpeedShapes() {}

    /** A sentence if the tensors are the empty ones that ZeRO-3 leaves behind, or if all are empty anyway. */
    static Optional<String> warning(Value root, List<Named> tensors) throws CheckpointException {
        long empty =
                tensors.stream().filter(tensor -> tensor.view().elements() == 0).count();
        if (empty == 0) {
            return Optional.empty();
        }
        Map<String, long[]> shapes = new HashMap<>();
        groups(root).forEach(shapes::putAll);
        long left = tensors.stream()
                .filter(tensor -> tensor.view().elements() == 0 && isSome(shapes.get(tensor.name())))
                .count();
        String count = empty == tensors.size() ? "all " + empty : empty + " of " + tensors.size();
        if (left > 0) {
            return Optional.of(count + " tensors are empty: ZeRO-3 of DeepSpeed keeps the weights in the files"
                    + " *_optim_states.pt; convert the folder that holds them");
        }
        return empty == tensors.size() ? Optional.of(count + " tensors are empty") : Optional.empty();
    }

    private static boolean isSome(long @Nullable [] shape) {
        if (shape != null) {
            for (long size : shape) {
                if (size == 0) {
                    return false;
                }
            }
        }
        return shape != null;
    }

    /** The shapes by name, a map for each group of the optimizer; none if this is nothing of DeepSpeed. */
    static List<Map<String, long[]>> groups(Value root) throws CheckpointException {
        Value value = Mappings.get(Mappings.entries(root), PARAM_SHAPES);
        List<Map<String, long[]>> groups = new ArrayList<>();
        if (value instanceof Items items) {
            for (Value group : items.values) {
                groups.add(shapes(group));
            }
        } else if (value != null) {
            groups.add(shapes(value)); // Before DeepSpeed 0.3.16.
        }
        return groups;
    }

    /** The entries of a dict of shapes, in its order. */
    static Map<String, long[]> shapes(@Nullable Value dict) throws CheckpointException {
        List<Entry> entries = dict == null ? null : Mappings.entries(dict);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (Entry entry : entries == null ? List.<Entry>of() : entries) {
            long[] shape = Rebuild.numbers("shape", entry.value());
            try {
                long bytes = 2L * Long.BYTES;
                for (long size : shape) {
                    bytes = Math.multiplyExact(bytes, size);
                }
            } catch (ArithmeticException e) {
                throw new CheckpointException(
                        Kind.CORRUPT, "tensor " + Quote.text(entry.name()) + " has a size beyond 64 bits");
            }
            shapes.put(entry.name(), shape);
        }
        return shapes;
    }
}
