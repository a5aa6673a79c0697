package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.BigInt;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.StorageRef;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What torch.save wrote before 1.6, and still does on request: five pickles (a magic number, a version, facts about the
 * machine, the object, the keys of its storages), then each storage: its number of elements and its bytes. A file of one
 * pickle without that magic number is an object of {@code pickle.dump}, whose bytes lie in it.
 */
final class LegacyContainer {
    /** {@code torch.serialization.MAGIC_NUMBER}. */
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);

    private static final long PROTOCOL = 1001;

    private final FileRange file;
    private final Input input;
    private final PickleReader pickles;
    private final Budget budget;

    /** Storages by key, as the object refers to them. */
    private final Map<String, StorageRef> references = new HashMap<>();

    private LegacyContainer(Origin origin, Budget budget, Globals globals) {
        this.file = origin.bytes();
        this.input = new Input(file.stream(), "pickle");
        this.budget = budget;
        this.pickles = new PickleReader(input, origin, budget, globals, this::storage);
    }

    static Container open(Origin origin, Budget budget, Globals globals) throws IOException {
        return new LegacyContainer(origin, budget, globals).read();
    }

    private Container read() throws IOException {
        Value magic = pickles.read();
        if (!(magic instanceof BigInt number) || !number.value().equals(MAGIC)) {
            return plain(magic);
        }
        if (!(pickles.read() instanceof Int version) || version.value() != PROTOCOL) {
            throw input.fault(Kind.UNSUPPORTED, "not version " + PROTOCOL + " of torch's format");
        }
        pickles.read(); // Sizes of C types where it was written. The data is little-endian whatever they say.
        Value root = pickles.read();
        if (!(pickles.read() instanceof Items keys)) {
            throw input.fault(Kind.CORRUPT, "no list of storage keys");
        }
        Map<String, Blob> storages = storages(keys.values);
        List<String> warnings = new ArrayList<>();
        if (input.remaining() > 0) {
            warnings.add(input.remaining() + " bytes after the last storage were ignored");
        }
        return new Container("legacy", root, reference -> find(storages, reference), false, warnings);
    }

    /** What {@code pickle.dump} wrote: the object, and nothing before or behind it. */
    private Container plain(Value root) {
        List<String> warnings = new ArrayList<>();
        if (input.remaining() > 0) {
            warnings.add(input.remaining() + " bytes after the end of the pickle were ignored");
        }
        return new Container("pickle", root, reference -> find(Map.of(), reference), false, warnings);
    }

    private Value storage(Value id) throws CheckpointException {
        Value loaded = PersistentId.load(id);
        if (loaded instanceof StorageRef reference) {
            StorageRef known = references.putIfAbsent(reference.key(), reference);
            if (known == null) {
                budget.charge(150);
            } else if (!known.type().equals(reference.type()) || known.elements() != reference.elements()) {
                throw new CheckpointException(
                        Kind.HOSTILE, "storage " + reference.key() + " is referred to with two types or sizes");
            }
        }
        return loaded;
    }

    private Map<String, Blob> storages(List<Value> keys) throws IOException {
        Map<String, Blob> storages = new HashMap<>();
        for (Value value : keys) {
            String key = PersistentId.key(value);
            StorageRef reference = references.get(key);
            ElementType type = reference == null ? null : TorchTypes.ofStorage(reference.type());
            if (reference == null || type == null) {
                // Its type is needed to know where the next one begins.
                throw input.fault(Kind.CORRUPT, "storage " + key + " is of no known type");
            }
            long elements = input.i64();
            if (elements != reference.elements() || elements > input.remaining() / type.bytes()) {
                throw input.fault(
                        Kind.CORRUPT,
                        "storage " + key + " has " + elements + " elements of " + type.bytes()
                                + " bytes, expected " + reference.elements() + " in the " + input.remaining()
                                + " bytes that remain");
            }
            FileRange range = file.slice(input.position(), elements * type.bytes());
            if (storages.put(key, Blob.of(key, range)) != null) {
                throw input.fault(Kind.HOSTILE, "storage " + key + " occurs twice");
            }
            budget.charge(200);
            input.skip(range.length());
        }
        return storages;
    }

    private static Blob find(Map<String, Blob> storages, StorageRef reference) throws CheckpointException {
        Blob blob = storages.get(reference.key());
        if (blob == null) {
            throw new CheckpointException(Kind.CORRUPT, "the file has no storage " + reference.key());
        }
        return blob;
    }
}
