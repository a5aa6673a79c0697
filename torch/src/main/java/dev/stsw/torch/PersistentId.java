package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.StorageRef;
import dev.stsw.torch.Value.Text;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What torch writes for a storage: {@code ('storage', class, key, device, numel)}, in old files with a sixth item for a
 * part of it; and for a class with its source code: {@code ('module', class, file, source)}.
 */
final class PersistentId {
    /** Keys become names of zip entries. */
    private static final Pattern KEY = Pattern.compile("[0-9A-Za-z_]{1,64}");

    private PersistentId() {}

    static Value load(Value id) throws CheckpointException {
        if (id instanceof Items items && items.is(Items.Kind.TUPLE) && !items.values.isEmpty()) {
            List<Value> parts = items.values;
            boolean storage = parts.get(0) instanceof Text text && text.value().equals("storage");
            boolean module = parts.get(0) instanceof Text text && text.value().equals("module");
            if (storage && (parts.size() == 5 || parts.size() == 6)) {
                return storage(parts);
            }
            if (module && parts.size() > 1) {
                return parts.get(1);
            }
        }
        throw malformed("a " + id.describe());
    }

    private static StorageRef storage(List<Value> parts) throws CheckpointException {
        String key = key(parts.get(2));
        if (!(parts.get(1) instanceof Global type)) {
            throw malformed("storage " + key + " of no class");
        }
        if (!(parts.get(4) instanceof Int elements) || elements.value() < 0) {
            throw malformed("storage " + key + " of no size");
        }
        Value view = parts.size() == 6 ? parts.get(5) : Atom.NONE;
        if (view == Atom.NONE) {
            return new StorageRef(type, key, elements.value(), 0, elements.value());
        }
        if (view instanceof Items items
                && items.values.size() == 3
                && items.values.get(1) instanceof Int offset
                && items.values.get(2) instanceof Int size
                && offset.value() >= 0
                && size.value() >= 0
                && offset.value() <= elements.value() - size.value()) {
            return new StorageRef(type, key, elements.value(), offset.value(), size.value());
        }
        throw malformed("storage " + key + " with a part that lies outside of it");
    }

    static String key(Value value) throws CheckpointException {
        String key = value instanceof Text text ? text.value() : "";
        if (!KEY.matcher(key).matches()) {
            throw new CheckpointException(
                    Kind.HOSTILE,
                    "a storage key must be letters, digits and underscores, but is "
                            + (key.isEmpty() ? "a " + value.describe() : Quote.text(key)));
        }
        return key;
    }

    private static CheckpointException malformed(String found) {
        return new CheckpointException(Kind.CORRUPT, "expected a reference to a storage, but found " + found);
    }
}
