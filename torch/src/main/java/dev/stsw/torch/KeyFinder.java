package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Obj;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the state dict in what was saved: where the caller says, or under the names that people give it. */
final class KeyFinder {
    /** In this order: a file of Lightning has a {@code state_dict}, of DeepSpeed a {@code module}. */
    private static final List<String> USUAL = List.of("state_dict", "model", "module");

    private static final int MOST_KEYS_SHOWN = 20;

    /**
     * A part of the file.
     *
     * @param key dotted path to it
     * @param found what is in it
     * @param beside what lies around it
     */
    record Part(String key, Found found, List<Omission> beside) {}

    private final Value root;
    private final Rebuild rebuild;
    private final Budget budget;
    private final List<Omission> beside = new ArrayList<>();

    KeyFinder(Container container, Budget budget) {
        this.root = container.root();
        this.rebuild = new Rebuild(container, budget);
        this.budget = budget;
    }

    /** The part under {@code path}; the whole file if that is empty. */
    Part at(String path) throws CheckpointException {
        Value value = path.isEmpty() ? root : find(root, path);
        if (value == null) {
            throw new CheckpointException(Kind.NOT_FOUND, "no key " + Quote.text(path) + "; " + keys(root));
        }
        return part(path, value, Flattener.flatten(value, rebuild, budget));
    }

    /** The first usual name with tensors in it; the whole file if there is none. */
    Part usual() throws CheckpointException {
        for (String name : USUAL) {
            Value value = root instanceof Obj object && Flattener.isModule(object)
                    ? null
                    : Mappings.get(Mappings.entries(root), name);
            if (value != null && !Rebuild.isTensor(value) && Mappings.entries(value) != null) {
                Found found = Flattener.flatten(value, rebuild, budget);
                if (found.size() > 0) {
                    addBeside(root, "", name);
                    return part(name, value, found);
                }
            }
        }
        return at("");
    }

    private Part part(String key, Value value, Found found) throws CheckpointException {
        if (found.size() == 0) {
            throw key.isEmpty()
                    ? new CheckpointException(Kind.NOT_A_CHECKPOINT, "no tensors in the file; " + keys(value))
                    : new CheckpointException(
                            Kind.NOT_FOUND, "no tensors under the key " + Quote.text(key) + "; " + keys(value));
        }
        return new Part(key, found, beside);
    }

    /** The longest key first: keys may have dots in them. */
    private @Nullable Value find(Value value, String path) throws CheckpointException {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('.', end - 1)) {
            String name = path.substring(0, end);
            Value inner = child(value, name);
            Value found = inner == null || end == path.length() ? inner : find(inner, path.substring(end + 1));
            if (found != null) {
                addBeside(value, "", name);
                return found;
            }
        }
        return null;
    }

    /** An entry; of a module also a child module. */
    private static @Nullable Value child(Value value, String name) {
        Value entry = Mappings.get(Mappings.entries(value), name);
        if (entry == null && value instanceof Obj object && Flattener.isModule(object)) {
            Value modules = Mappings.get(Mappings.attributes(object), "_modules");
            return modules == null ? null : Mappings.get(Mappings.entries(modules), name);
        }
        return entry;
    }

    private void addBeside(Value value, String prefix, String name) throws CheckpointException {
        List<Entry> entries = Mappings.entries(value);
        if (entries == null) {
            return;
        }
        for (Entry entry : entries) {
            if (!entry.name().equals(name)) {
                budget.charge(100 + 2L * entry.name().length());
                beside.add(new Omission(prefix + entry.name(), entry.value().describe()));
            }
        }
    }

    private static String keys(Value value) {
        List<Entry> entries = Mappings.entries(value);
        if (entries == null || entries.isEmpty()) {
            return "it holds a " + value.describe();
        }
        String shown = entries.stream()
                .limit(MOST_KEYS_SHOWN)
                .map(entry -> Quote.text(entry.name()))
                .collect(Collectors.joining(", "));
        return "it has " + shown
                + (entries.size() > MOST_KEYS_SHOWN ? " and " + (entries.size() - MOST_KEYS_SHOWN) + " more" : "");
    }
}
