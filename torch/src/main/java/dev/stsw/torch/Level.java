package dev.stsw.torch;

import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One dict (or list, or object) of what was saved, and which of its entries is the model: the first under a {@linkplain
 * ModelNames name that people use}, else the only dict of tensors beside entries without any.
 */
final class Level {
    private final Rebuild rebuild;

    /** Entries that hold tensors in something, and are not what only training needs. */
    private final List<Entry> candidates = new ArrayList<>();

    private final int entries;
    private boolean tensors;

    private Level(List<Entry> entries, Rebuild rebuild, Training training) {
        this.rebuild = rebuild;
        this.entries = entries.size();
        boolean optimizer = Mappings.get(entries, "param_groups") != null;
        for (Entry entry : entries) {
            TensorSearch search = new TensorSearch(rebuild);
            if (rebuild.recognises(entry.value())) {
                tensors |= !training.is(entry) && !training.isProgress(entry);
            } else if (search.finds(entry.value())
                    && !training.is(entry)
                    && !(optimizer && entry.name().equals("state"))) {
                candidates.add(entry);
            }
        }
    }

    /** Null for what has no entries, and for a module: that is a model itself. */
    static @Nullable Level of(Value value, Rebuild rebuild, Training training) {
        if (rebuild.recognises(value)
                || isModule(value)
                || ScriptCode.isScripted(value)
                || (value instanceof Items items && items.isPlain())) {
            return null;
        }
        List<Entry> entries = Mappings.entries(value);
        return entries == null ? null : new Level(entries, rebuild, training);
    }

    /**
     * The entry that is the model; null if it is this whole level.
     *
     * @param outermost whether this is what was saved, and not a part of it
     * @param named whether this itself was found under a name of a model
     */
    @Nullable
    Entry model(boolean outermost, boolean named) {
        Entry best = null;
        for (Entry entry : candidates) {
            int rank = rank(entry);
            if (rank < (best == null ? ModelNames.NONE : rank(best))) {
                best = entry;
            }
        }
        if (!outermost && best != null && !ModelNames.isStateDict(best.name()) && (tensors || candidates.size() > 1)) {
            return null; // Layers may be called like that too.
        }
        return best == null && !named ? only(outermost) : best;
    }

    private static int rank(Entry entry) {
        return entry.named() ? ModelNames.rank(entry.name()) : ModelNames.NONE;
    }

    /** Whether none of its dicts, lists and objects can be the model. */
    boolean isEmpty() {
        return candidates.isEmpty();
    }

    private @Nullable Entry only(boolean outermost) {
        if (tensors || candidates.size() != 1) {
            return null;
        }
        Entry only = candidates.get(0);
        boolean takes = only.named() && !only.name().isEmpty() && (isModule(only.value()) || isDict(only.value()));
        // A dict with nothing beside it may be a part of the names; one of tensors is a wrapper.
        boolean wrapper = entries > 1 || (outermost && (isModule(only.value()) || holdsDirectly(only.value())));
        return takes && wrapper ? only : null;
    }

    /** The entries that could have been meant too. */
    List<Entry> others(Entry chosen) {
        return candidates.stream()
                .filter(entry -> entry.named() && !entry.name().equals(chosen.name()))
                .toList();
    }

    private static boolean isModule(Value value) {
        return value instanceof Obj object && Flattener.isModule(object);
    }

    private static boolean isDict(Value value) {
        return value instanceof Dict
                || (value instanceof Obj object && (object.entries != null || object.isOf("collections.OrderedDict")));
    }

    /** Of NumPy's arrays, only those under whole names: dicts of layers, each a dict of arrays, are TensorFlow's form. */
    private boolean holdsDirectly(Value value) {
        List<Entry> inner = Mappings.entries(value);
        return inner != null
                && inner.stream()
                        .anyMatch(entry -> rebuild.recognises(entry.value())
                                && (PickledArray.of(entry.value()) == null
                                        || entry.name().indexOf('.') > 0));
    }
}
