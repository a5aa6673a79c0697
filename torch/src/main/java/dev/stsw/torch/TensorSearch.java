package dev.stsw.torch;

import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Looks for any tensor in a value. Looks at each value once, along however many paths it can be reached. */
final class TensorSearch {
    private static final int DEEPEST = 200;

    private final Rebuild rebuild;
    private final Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    TensorSearch(Rebuild rebuild) {
        this.rebuild = rebuild;
    }

    /** Whether there is one; of a module, among what its {@code state_dict()} lists. */
    boolean finds(Value value) {
        return finds(value, 0);
    }

    private boolean finds(Value value, int depth) {
        if (rebuild.recognises(value)) {
            return true;
        }
        if (depth > DEEPEST || (value instanceof Items items && items.isPlain()) || !seen.add(value)) {
            return false;
        }
        boolean module = value instanceof Obj object && Flattener.isModule(object);
        List<Entry> entries = module ? Flattener.stateOf((Obj) value) : Mappings.entries(value);
        if (entries != null) {
            for (Entry entry : entries) {
                if (finds(entry.value(), depth + 1)) {
                    return true;
                }
            }
        }
        return false;
    }
}
