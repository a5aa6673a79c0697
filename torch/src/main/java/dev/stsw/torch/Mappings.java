package dev.stsw.torch;

import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has entries: dicts of all kinds, the attributes of objects, and the items of lists. */
final class Mappings {
    /**
     * An entry of a dict, an attribute, an item.
     *
     * @param name the key, or the index; for a key that makes no name, what it is
     * @param named whether the key makes a name: text or a number
     * @param value what is there
     */
    record Entry(String name, boolean named, Value value) {}

    private Mappings() {}

    /** The entries in order, the last of equal keys winning; null if {@code value} is of no kind that has some. */
    @SuppressWarnings("ReferenceEquality") // unwrapped gives the value itself where there is nothing around it
    static @Nullable List<Entry> entries(Value value) {
        if (value instanceof Dict dict) {
            return ofDict(dict);
        }
        if (value instanceof Items items) {
            List<Entry> entries = new ArrayList<>(items.values.size());
            for (Value item : items.values) {
                entries.add(new Entry(Integer.toString(entries.size()), true, item));
            }
            return entries;
        }
        if (!(value instanceof Obj object)) {
            return null;
        }
        Value unwrapped = PickledArray.unwrapped(value);
        return unwrapped == value ? ofObject(object) : entries(unwrapped);
    }

    private static @Nullable List<Entry> ofObject(Obj object) {
        if (object.entries != null) {
            return ofDict(object.entries);
        }
        Value argument = object.argument(0);
        if (object.isOf("collections.OrderedDict") || object.isOf("collections.Counter")) {
            return ofPairs(argument);
        }
        if (object.appended != null) {
            return entries(object.appended);
        }
        boolean copy = object.isOf("builtins.set") || object.isOf("builtins.frozenset") || object.isOf("builtins.list");
        return copy && argument instanceof Items ? entries(argument) : attributes(object);
    }

    /** The attributes that an object's state sets; null if it has none. With slots, the state is a pair of dicts. */
    static @Nullable List<Entry> attributes(Obj object) {
        if (object.state instanceof Dict dict) {
            return ofDict(dict);
        }
        if (object.state instanceof Items items && items.values.size() == 2) {
            Dict all = new Dict();
            for (Value part : items.values) {
                if (part instanceof Dict dict) {
                    all.keys.addAll(dict.keys);
                    all.values.addAll(dict.values);
                }
            }
            return all.keys.isEmpty() ? null : ofDict(all);
        }
        return null;
    }

    /** The value under a name; null if there is none. */
    static @Nullable Value get(@Nullable List<Entry> entries, String name) {
        if (entries != null) {
            for (Entry entry : entries) {
                if (entry.named && entry.name.equals(name)) {
                    return entry.value;
                }
            }
        }
        return null;
    }

    /** Python 2 wrote an OrderedDict as a call with a list of pairs. */
    private static List<Entry> ofPairs(@Nullable Value pairs) {
        if (pairs instanceof Dict plain) {
            return ofDict(plain);
        }
        Dict dict = new Dict();
        if (pairs instanceof Items items) {
            for (Value item : items.values) {
                if (item instanceof Items pair && pair.values.size() == 2) {
                    dict.put(pair.values.get(0), pair.values.get(1));
                }
            }
        }
        return ofDict(dict);
    }

    private static List<Entry> ofDict(Dict dict) {
        Map<Object, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < dict.keys.size(); i++) {
            Value key = dict.keys.get(i);
            Value value = dict.values.get(i);
            if (key instanceof Text text) {
                entries.put(text.value(), new Entry(text.value(), true, value));
            } else if (key instanceof Int number) {
                entries.put(number.value(), new Entry(Long.toString(number.value()), true, value));
            } else {
                // By identity: hashing a tuple would walk all that is in it.
                entries.put(new Object(), new Entry("<" + key.describe() + ">", false, value));
            }
        }
        return new ArrayList<>(entries.values());
    }
}
