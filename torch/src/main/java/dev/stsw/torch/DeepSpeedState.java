package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One file of DeepSpeed's, as far as it matters: a checkpoint of torch.save, with things under known names. */
final class DeepSpeedState {
    private final String file;
    private final Container container;
    private final Rebuild rebuild;

    private DeepSpeedState(String file, Container container, Budget budget) {
        this.file = file;
        this.container = container;
        this.rebuild = new Rebuild(container, budget);
    }

    static DeepSpeedState read(
            FilePool pool, Spool spool, String file, Globals globals, Budget budget, CheckpointOptions options)
            throws IOException {
        FilePart channel = new FilePart(pool, file, 0, pool.size(file));
        try {
            return new DeepSpeedState(
                    file, Containers.open(channel, spool, budget, globals, options.withFileName(file)), budget);
        } catch (CheckpointException e) {
            throw new CheckpointException(e.kind(), file + ": " + e.problem());
        }
    }

    String file() {
        return file;
    }

    Value root() {
        return container.root();
    }

    /** What lies under these keys; null if nothing does. */
    @Nullable
    Value at(String... keys) {
        Value value = container.root();
        for (String key : keys) {
            value = value == null ? null : Mappings.get(Mappings.entries(value), key);
        }
        return value;
    }

    /** A number; the largest, if it is a list with one for each group of parameters. */
    long number(String... keys) throws CheckpointException {
        Value value = at(keys);
        if (value instanceof Int number) {
            return number.value();
        }
        long most = -1;
        if (value instanceof Items items) {
            for (Value item : items.values) {
                most = Math.max(most, item instanceof Int number ? number.value() : -1);
            }
        }
        if (most < 0) {
            throw corrupt("has no number under '" + String.join(".", keys) + "'");
        }
        return most;
    }

    /** The texts in a list; none if there is no list. */
    Set<String> names(String key) {
        Set<String> names = new LinkedHashSet<>();
        if (at(key) instanceof Items items) {
            for (Value item : items.values) {
                if (item instanceof Text text) {
                    names.add(text.value());
                }
            }
        }
        return names;
    }

    /** Vectors of F32 under these keys: one, or a list of them. */
    List<View> vectors(String... keys) throws CheckpointException {
        Value value = at(keys);
        List<View> vectors = new ArrayList<>();
        if (value instanceof Items items) {
            for (Value item : items.values) {
                vectors.add(vector(item, keys));
            }
        } else if (value != null) {
            vectors.add(vector(value, keys));
        }
        return vectors;
    }

    private View vector(Value value, String... keys) throws CheckpointException {
        View view = tensor(String.join(".", keys), value);
        if (view.rank() != 1 || !view.isPlain() || view.dtype() != DType.F32) {
            throw corrupt("'" + String.join(".", keys) + "' should hold vectors of F32");
        }
        return view;
    }

    /** The tensors of a dict. */
    Map<String, View> tensors(String key, Set<String> wanted) throws CheckpointException {
        Map<String, View> tensors = new LinkedHashMap<>();
        Value dict = at(key);
        List<Entry> entries = dict == null ? null : Mappings.entries(dict);
        for (Entry entry : entries == null ? List.<Entry>of() : entries) {
            if (wanted.contains(entry.name())) {
                tensors.put(entry.name(), tensor(key + "." + entry.name(), entry.value()));
            }
        }
        return tensors;
    }

    private View tensor(String name, Value value) throws CheckpointException {
        View view;
        try {
            view = rebuild.tensor(value);
        } catch (CheckpointException e) {
            throw new CheckpointException(e.kind(), file + ": tensor " + Quote.text(name) + " " + e.problem());
        }
        if (view == null) {
            throw corrupt(Quote.text(name) + " should be a tensor, and is a " + value.describe());
        }
        return view;
    }

    CheckpointException corrupt(String problem) {
        return new CheckpointException(Kind.CORRUPT, file + ": " + problem);
    }
}
