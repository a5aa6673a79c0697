package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Obj;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the state dict in what was saved: where the caller says, or as {@link Level} chooses. */
final class KeyFinder {
    private static final int MOST_KEYS_SHOWN = 20;

    /** {@code model.state_dict} has two. */
    private static final int MOST_LEVELS = 8;

    /**
     * A part of the file.
     *
     * @param key dotted path to it
     * @param found what is in it
     * @param beside what lies around it
     * @param alternatives dotted paths to other parts that could have been meant
     */
    record Part(String key, Found found, List<Omission> beside, List<String> alternatives) {}

    private final Value root;
    private final boolean torchscript;
    private final Rebuild rebuild;
    private final Training training;
    private final Budget budget;
    private final List<Omission> beside = new ArrayList<>();
    private final List<String> alternatives = new ArrayList<>();

    KeyFinder(Container container, boolean widen, Budget budget) {
        this.root = container.root();
        this.torchscript = container.kind().equals("torchscript");
        this.rebuild = new Rebuild(container, widen, budget);
        this.training = new Training(rebuild);
        this.budget = budget;
    }

    /** The part under {@code path}; the whole file if that is empty. */
    Part at(String path) throws CheckpointException {
        Value value = path.isEmpty() ? root : find(root, path, "");
        if (value == null) {
            throw new CheckpointException(Kind.NOT_FOUND, "no key " + Quote.text(path) + "; " + keys(root));
        }
        return part(path, value, Flattener.flatten(value, rebuild, budget));
    }

    /** The model, as well as can be told; where nothing tells, the whole file without what only training needs. */
    Part usual() throws CheckpointException {
        if (torchscript) {
            return at(""); // One module, whatever its children are called.
        }
        Level outermost = Level.of(root, rebuild, training);
        if (outermost != null && training.isState(root) && outermost.isEmpty()) {
            throw noModel("the state of an optimizer or of random generators", "''");
        }
        String path = "";
        Value value = root;
        boolean named = false;
        for (int i = 0; i < MOST_LEVELS; i++) {
            Level level = i == 0 ? outermost : Level.of(value, rebuild, training);
            Entry next = level == null ? null : level.model(i == 0, named);
            if (level == null || next == null) {
                break;
            }
            for (Entry other : level.others(next)) {
                alternatives.add(join(path, other.name()));
            }
            addBeside(value, path, next.name());
            named = ModelNames.rank(next.name()) != ModelNames.NONE;
            path = join(path, next.name());
            value = next.value();
        }
        return part(path, value, Flattener.withoutTraining(value, path.isEmpty(), rebuild, training, budget));
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private Part part(String key, Value value, Found found) throws CheckpointException {
        beside.addAll(found.training);
        if (found.size() > 0) {
            return new Part(key, found, beside, alternatives);
        }
        if (!found.training.isEmpty()) {
            Omission first = found.training.get(0);
            throw noModel("what training keeps beside a model", Quote.text(first.path()));
        }
        throw key.isEmpty()
                ? new CheckpointException(Kind.NOT_A_CHECKPOINT, "no tensors in the file; " + keys(value))
                : new CheckpointException(
                        Kind.NOT_FOUND, "no tensors under the key " + Quote.text(key) + "; " + keys(value));
    }

    private CheckpointException noModel(String instead, String key) {
        return new CheckpointException(
                Kind.NOT_A_CHECKPOINT,
                "no model in the file, only " + instead + " (--key " + key + " takes it all the same); " + keys(root));
    }

    /** The longest key first: keys may have dots in them. */
    private @Nullable Value find(Value value, String path, String prefix) throws CheckpointException {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('.', end - 1)) {
            String name = path.substring(0, end);
            Value inner = child(value, name);
            Value found = inner == null || end == path.length()
                    ? inner
                    : find(inner, path.substring(end + 1), join(prefix, name));
            if (found != null) {
                addBeside(value, prefix, name);
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
                String path = join(prefix, entry.name());
                budget.charge(100 + 2L * path.length());
                beside.add(new Omission(path, entry.value().describe()));
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
