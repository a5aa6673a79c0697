package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds all tensors in a value, and names each after its path, joined by dots; those of a module as its {@code
 * state_dict()} would.
 */
final class Flattener {
    private static final int DEEPEST = 200;

    /** In the order in which {@code state_dict()} lists them. */
    private static final List<String> PARTS = List.of("_parameters", "_buffers", "_modules");

    private static final int STEPS_OF_A_VISIT = 4;

    /** It is described, and noted. */
    private static final int STEPS_OF_A_TENSOR = 40;

    /** Exceptions with all the calls that led to them: as it is, and whether it could be widened. */
    private static final int STEPS_OF_A_REFUSAL = 2500;

    /** So many characters are copied in a step. */
    private static final int CHARS_OF_A_STEP = 256;

    private static final long MOST_PATH_BYTES = 500_000_000;

    /** What a tensor is called that was saved alone. */
    private static final String BARE = "tensor";

    private final Rebuild rebuild;
    private final Found found;
    private final Budget budget;
    private final StringBuilder path = new StringBuilder();
    private final Set<Value> onPath = Collections.newSetFromMap(new IdentityHashMap<>());
    private long pathBytes;

    /** Recognises what is left out; null where nothing is. */
    private final @Nullable Training training;

    /** Whether what is looked through is all of the file, so that names at its top are those of wrappers. */
    private final boolean all;

    private Flattener(Rebuild rebuild, Found found, @Nullable Training training, boolean all, Budget budget) {
        this.rebuild = rebuild;
        this.budget = budget;
        this.found = found;
        this.training = training;
        this.all = all;
    }

    static Found flatten(Value value, Rebuild rebuild, Budget budget) throws CheckpointException {
        Found found = new Found(budget);
        new Flattener(rebuild, found, null, false, budget).visit(value, true);
        return found;
    }

    /**
     * All but what {@code training} recognises.
     *
     * @param all whether {@code value} is what was saved, and not a part of it
     */
    static Found withoutTraining(Value value, boolean all, Rebuild rebuild, Training training, Budget budget)
            throws CheckpointException {
        Found found = new Found(budget);
        new Flattener(rebuild, found, training, all, budget).visit(value, true);
        return found;
    }

    private void visit(Value value, boolean named) throws CheckpointException {
        // A value can be shared, and is then visited along each of very many paths, each time with all that is in it.
        budget.work(STEPS_OF_A_VISIT + path.length() / CHARS_OF_A_STEP + Mappings.steps(value));
        String leftOut = Rebuild.leftOut(value);
        if (leftOut != null) {
            found.skip(path.toString(), leftOut);
            return;
        }
        if (tensor(value, named)) {
            return;
        }
        if (value instanceof Items items && items.isPlain()) {
            found.skip(path.toString(), value.describe() + ", without a tensor");
            return;
        }
        List<Entry> entries = Mappings.entries(value);
        if (entries == null) {
            found.skip(path.toString(), value.describe());
            return;
        }
        if (onPath.size() >= DEEPEST) {
            throw new CheckpointException(Kind.LIMIT, "its values are nested more than " + DEEPEST + " deep");
        }
        if (!onPath.add(value)) {
            // What lies in it was found when it was entered.
            found.skip(path.toString(), value.describe() + ", which contains itself");
            return;
        }
        container(value, entries, named);
        onPath.remove(value);
    }

    private void container(Value value, List<Entry> entries, boolean named) throws CheckpointException {
        int tensors = found.size();
        int skipped = found.skipped.size();
        ScriptCode.Members members = value instanceof Obj object ? rebuild.members(object) : null;
        if (value instanceof Obj object && isModule(object)) {
            module(object);
        } else if (members != null) {
            scripted(entries, members);
        } else {
            for (Entry entry : entries) {
                if (!isTraining(entry)) {
                    descend(entry, named && entry.named());
                }
            }
        }
        boolean module = members != null || (value instanceof Obj object && isModule(object));
        if (found.size() == tensors && module && onPath.size() > 1) {
            found.forget(skipped); // An activation has none, and nobody misses them.
        } else if (found.size() == tensors) {
            found.summarize(skipped, path.toString(), value.describe() + ", without a tensor");
        }
    }

    /** By its name only at the top: deeper down, a layer may be called like that. */
    private boolean isTraining(Entry entry) throws CheckpointException {
        boolean is = training != null
                && ((all && onPath.size() == 1) ? training.is(entry) : Training.isKnown(entry.value()))
                && new TensorSearch(rebuild).finds(entry.value());
        if (is) {
            found.training(place(entry), entry.value().describe());
        }
        return is;
    }

    private void descend(Entry entry, boolean named) throws CheckpointException {
        int length = path.length();
        pathBytes += entry.name().length();
        if (pathBytes > MOST_PATH_BYTES) {
            throw new CheckpointException(
                    Kind.LIMIT, "the paths to its values take more than " + MOST_PATH_BYTES + " bytes together");
        }
        // Not at the root: an entry with the empty name has a dot before what is in it.
        path.append(onPath.size() > 1 ? "." : "").append(entry.name());
        visit(entry.value(), named);
        path.setLength(length);
    }

    /** {@code nn.Module.state_dict}: own parameters, own buffers that persist, then the same of the children. */
    private void module(Obj module) throws CheckpointException {
        List<Entry> attributes = Mappings.attributes(module);
        Value transientNames = Mappings.get(attributes, "_non_persistent_buffers_set");
        budget.work(Mappings.steps(transientNames));
        Set<String> transientBuffers = names(transientNames);
        for (String part : PARTS) {
            Value entries = Mappings.get(attributes, part);
            budget.work(Mappings.steps(entries));
            for (Entry entry : entries(entries)) {
                if (part.equals("_buffers") && transientBuffers.contains(entry.name())) {
                    found.skip(path + "." + entry.name(), "buffer that is not persistent");
                } else if (entry.value() != Atom.NONE) {
                    descend(entry, entry.named());
                }
            }
        }
    }

    /** Where a module keeps what belongs to its {@code state_dict()}. */
    static List<Entry> stateOf(Obj module) {
        List<Entry> attributes = Mappings.attributes(module);
        return attributes == null
                ? List.of()
                : attributes.stream()
                        .filter(entry -> PARTS.contains(entry.name()))
                        .toList();
    }

    /** {@code ScriptModule.state_dict}: the same of a module whose class is TorchScript. */
    private void scripted(List<Entry> attributes, ScriptCode.Members members) throws CheckpointException {
        Set<String> parameters = members.parameters();
        Set<String> buffers = members.buffers();
        for (Entry entry : attributes) {
            if (parameters.contains(entry.name()) && entry.value() != Atom.NONE) {
                descend(entry, true);
            }
        }
        for (Entry entry : attributes) {
            boolean tensor = !parameters.contains(entry.name()) && rebuild.recognises(entry.value());
            if (tensor && (buffers == null || buffers.contains(entry.name()))) {
                descend(entry, true);
            } else if (tensor) {
                found.skip(place(entry), "tensor that is an attribute, and no part of state_dict()");
            }
        }
        for (Entry entry : attributes) {
            if (entry.value() instanceof Obj object && rebuild.members(object) != null) {
                descend(entry, true);
            } else if (!rebuild.recognises(entry.value()) && holdsTensors(entry.value())) {
                found.skip(
                        place(entry), entry.value().describe() + " that is an attribute, and no part of state_dict()");
            }
        }
    }

    private boolean holdsTensors(Value value) {
        return (value instanceof Obj object && object.isOf("torch.jit._pickle.build_tensorlist"))
                || new TensorSearch(rebuild).finds(value);
    }

    private String place(Entry entry) {
        return path.isEmpty() ? entry.name() : path + "." + entry.name();
    }

    static boolean isModule(Obj object) {
        List<Entry> attributes = object.state instanceof Dict ? Mappings.attributes(object) : null;
        return Mappings.get(attributes, "_parameters") != null
                && Mappings.get(attributes, "_buffers") != null
                && Mappings.get(attributes, "_modules") != null;
    }

    static boolean isScalar(Value value) {
        return value instanceof Atom
                || value instanceof Value.Bytes
                || value instanceof Value.Int
                || value instanceof Value.Text;
    }

    private static List<Entry> entries(@Nullable Value value) {
        List<Entry> entries = value == null ? null : Mappings.entries(value);
        return entries == null ? List.of() : entries;
    }

    private static Set<String> names(@Nullable Value set) {
        Value items = set instanceof Obj object ? object.argument(0) : set;
        return items instanceof Items values
                ? values.values.stream()
                        .filter(Value.Text.class::isInstance)
                        .map(text -> ((Value.Text) text).value())
                        .collect(Collectors.toSet())
                : Set.of();
    }

    /** Notes the tensor that {@code value} stands for; false if it stands for something else. */
    private boolean tensor(Value value, boolean named) throws CheckpointException {
        String name = path.length() == 0 && onPath.isEmpty() ? BARE : path.toString();
        View view;
        try {
            Quantized parts = named && rebuild.widens() ? Quantized.of(value, rebuild) : null;
            if (parts != null) {
                found.widened(name, parts);
                return true;
            }
            view = rebuild.tensor(value);
        } catch (CheckpointException e) {
            if (e.kind() != Kind.UNSUPPORTED) {
                throw new CheckpointException(e.kind(), "tensor " + Quote.text(name) + " " + e.problem());
            }
            budget.work(STEPS_OF_A_REFUSAL);
            found.unreadable(name, e, rebuild.canWiden(value));
            return true;
        }
        if (view == null) {
            return false;
        }
        budget.work(STEPS_OF_A_TENSOR);
        if (named && view.isRounded()) {
            found.widened(name, view);
        } else if (named) {
            found.tensor(name, view);
        } else {
            found.unreadable(name, new CheckpointException(Kind.UNSUPPORTED, "has a key that makes no name"), false);
        }
        return true;
    }
}
