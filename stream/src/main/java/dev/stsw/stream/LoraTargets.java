package dev.stsw.stream;

import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Finds the weights of a model that the modules of an adapter are for. */
final class LoraTargets {
    /** What kohya's scripts put in front of names whose dots they made underscores. */
    private static final Pattern FLAT =
            Pattern.compile("(?:lora|lycoris)_(?:unet|te\\d?|transformer|prior_unet|prior_te)_(.+)");

    private final Map<String, TensorSpec> base = new HashMap<>();
    private final Map<String, TensorSpec> flat = new HashMap<>();
    private final Set<String> ambiguous = new HashSet<>();
    private UnaryOperator<String> change = UnaryOperator.identity();

    LoraTargets(Collection<TensorSpec> base, Collection<String> modules) {
        base.forEach(tensor -> this.base.put(tensor.name(), tensor));
        Set<String> wanted = new HashSet<>();
        List<String> dotted = new ArrayList<>();
        for (String module : modules) {
            unprefixed(module).ifPresentOrElse(wanted::add, () -> dotted.add(module));
        }
        if (!wanted.isEmpty()) {
            base.forEach(tensor -> flatten(tensor, wanted));
        }
        if (!dotted.isEmpty()) {
            change = best(dotted);
        }
    }

    private static Optional<String> unprefixed(String module) {
        return Optional.of(FLAT.matcher(module))
                .filter(found -> found.matches())
                .map(found -> found.group(1));
    }

    /** The weight under all ends of its name that are wanted. */
    private void flatten(TensorSpec tensor, Set<String> wanted) {
        if (!tensor.name().endsWith(".weight")) {
            return;
        }
        String module = tensor.name().substring(0, tensor.name().length() - ".weight".length());
        for (int at = 0; at >= 0; at = next(module, at)) {
            String end = module.substring(at).replace('.', '_');
            if (wanted.contains(end)) {
                TensorSpec other = flat.putIfAbsent(end, tensor);
                if (other != null) {
                    ambiguous.add(end);
                }
            }
        }
    }

    private static int next(String module, int at) {
        int dot = module.indexOf('.', at);
        return dot < 0 ? -1 : dot + 1;
    }

    /**
     * Adapters were trained on a model's class, and a model's file may have been written by another one: with or without
     * {@code model.} or {@code transformer.} in front. The same change for all names, the one under which most are found.
     */
    private UnaryOperator<String> best(List<String> modules) {
        List<UnaryOperator<String>> changes = new ArrayList<>();
        changes.add(UnaryOperator.identity());
        prefixes(modules.get(0)).forEach(prefix -> changes.add(name -> prefix + name));
        changes.add(name -> withoutFirst(name));
        changes.add(name -> withoutFirst(withoutFirst(name)));
        UnaryOperator<String> best = changes.get(0);
        long most = -1;
        for (UnaryOperator<String> candidate : changes) {
            long found = modules.stream()
                    .filter(module -> base.containsKey(candidate.apply(module) + ".weight"))
                    .count();
            if (found > most) {
                most = found;
                best = candidate;
            }
        }
        return best;
    }

    private static String withoutFirst(String name) {
        return name.substring(Math.max(0, name.indexOf('.') + 1));
    }

    private Set<String> prefixes(String module) {
        Set<String> prefixes = new LinkedHashSet<>();
        String end = "." + module + ".weight";
        for (String name : base.keySet()) {
            if (name.endsWith(end)) {
                prefixes.add(name.substring(0, name.length() - end.length() + 1));
            }
        }
        return prefixes;
    }

    /** The weight of a module. */
    Optional<TensorSpec> find(String module) {
        Optional<String> key = unprefixed(module);
        if (key.isEmpty()) {
            return Optional.ofNullable(base.get(change.apply(module) + ".weight"));
        }
        Optional<TensorSpec> found = Optional.ofNullable(flat.get(key.get()));
        if (found.isPresent() && ambiguous.contains(key.get())) {
            throw new IllegalArgumentException("module " + TensorSpec.quote(module)
                    + " may be for several tensors of the base, "
                    + TensorSpec.quote(found.get().name()) + " and others");
        }
        return found;
    }

    /** A tensor that is in the adapter as a whole. */
    Optional<TensorSpec> whole(String name) {
        return Optional.ofNullable(base.get(change.apply(name)));
    }
}
