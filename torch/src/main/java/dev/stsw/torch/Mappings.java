package dev.stsw.torch;

import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.util.ArrayList;
import java.util.HashMap;
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

    /** It is hashed. */
    private static final int STEPS_OF_A_KEY = 3;

    /** Whether it is a module is asked three times. */
    private static final int TIMES_OF_A_STATE = 4;

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

    /** How many steps it takes to know the entries, those included that others of their key replace. */
    static long steps(@Nullable Value value) {
        if (value instanceof Dict dict) {
            return STEPS_OF_A_KEY * (long) dict.keys.size();
        }
        if (value instanceof Items items) {
            return items.values.size();
        }
        if (value instanceof Obj object) {
            return steps(object.entries)
                    + steps(object.appended)
                    + STEPS_OF_A_KEY * own(object.argument(0))
                    + TIMES_OF_A_STATE * state(object.state);
        }
        return 0;
    }

    /** With slots, the state is a pair of dicts. */
    private static long state(@Nullable Value state) {
        long steps = own(state);
        if (state instanceof Items items && items.values.size() == 2) {
            steps += own(items.values.get(0)) + own(items.values.get(1));
        }
        return steps;
    }

    private static long own(@Nullable Value value) {
        return value instanceof Obj ? 0 : steps(value);
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
        List<Entry> entries = new ArrayList<>();
        // Apart: hash codes of both can be made to collide, and keys that cannot be compared then take quadratic time.
        Map<String, Integer> texts = new HashMap<>();
        Map<Long, Integer> numbers = new HashMap<>();
        for (int i = 0; i < dict.keys.size(); i++) {
            Value key = dict.keys.get(i);
            Value value = dict.values.get(i);
            if (key instanceof Text text) {
                Entry entry = new Entry(text.value(), true, value);
                put(entries, texts.putIfAbsent(text.value(), entries.size()), entry);
            } else if (key instanceof Int number) {
                Entry entry = new Entry(Long.toString(number.value()), true, value);
                put(entries, numbers.putIfAbsent(number.value(), entries.size()), entry);
            } else {
                // By identity: hashing a tuple would walk all that is in it.
                entries.add(new Entry("<" + key.describe() + ">", false, value));
            }
        }
        return entries;
    }

    /** In the place of the first entry with that key. */
    private static void put(List<Entry> entries, @Nullable Integer known, Entry entry) {
        if (known == null) {
            entries.add(entry);
        } else {
            entries.set(known, entry);
        }
    }
}
