package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.StorageRef;
import dev.stsw.torch.Value.TensorRef;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What torch.save wrote before 0.1.10: a tar archive of storages, tensors and a pickle whose persistent ids are keys of
 * tensors ({@code torch.serialization._legacy_load.legacy_load}).
 */
final class TarContainer {
    private static final int MOST_DIMENSIONS = 1024;

    private final Budget budget;
    private final Globals globals;
    private final Map<String, Blob> storages = new HashMap<>();
    private final Map<String, StorageRef> references = new HashMap<>();
    private final Map<String, TensorRef> tensors = new HashMap<>();

    private TarContainer(Budget budget, Globals globals) {
        this.budget = budget;
        this.globals = globals;
    }

    static Container open(SeekableByteChannel channel, Spool spool, Budget budget, Globals globals) throws IOException {
        Map<String, FileRange> members = TarArchive.members(channel);
        TarContainer tar = new TarContainer(budget, globals);
        tar.readStorages(member(members, "storages"));
        tar.readTensors(member(members, "tensors"));
        Origin pickle = new Origin(member(members, "pickle"), spool, 0);
        Input input = new Input(pickle.bytes().stream(), "pickle");
        Value root = new PickleReader(input, pickle, budget, globals, tar::tensor).read();
        return new Container("tar", root, tar::storage, false, List.of());
    }

    private static FileRange member(Map<String, FileRange> members, String name) throws CheckpointException {
        FileRange member = members.get(name);
        if (member == null) {
            throw new CheckpointException(
                    Kind.NOT_A_CHECKPOINT, "a tar archive, but not one of torch: it has no member '" + name + "'");
        }
        return member;
    }

    private void readStorages(FileRange member) throws IOException {
        Input input = new Input(member.stream(), "storages");
        PickleReader pickles = new PickleReader(input, budget, globals, PersistentId::load);
        long count = count(input, pickles.read());
        for (long i = 0; i < count; i++) {
            List<Value> described = tuple(input, pickles.read(), 3);
            String key = key(described.get(0));
            ElementType type = described.get(2) instanceof Global global ? TorchTypes.ofStorage(global) : null;
            if (type == null || !(described.get(2) instanceof Global storageType)) {
                throw input.fault(Kind.CORRUPT, "storage " + key + " is of no known type");
            }
            long elements = input.i64();
            if (elements < 0 || elements > input.remaining() / type.bytes()) {
                throw input.fault(
                        Kind.CORRUPT,
                        "storage " + key + " has " + elements + " elements of " + type.bytes() + " bytes, but only "
                                + input.remaining() + " bytes remain");
            }
            FileRange range = member.slice(input.position(), elements * type.bytes());
            input.skip(range.length());
            add(input, key, Blob.of(key, range), new StorageRef(storageType, key, elements, 0, elements));
        }
        readViews(input, pickles.read());
    }

    /** Storages that are parts of others. */
    private void readViews(Input input, Value views) throws IOException {
        if (!(views instanceof Items list)) {
            throw input.fault(Kind.CORRUPT, "no list of storage views");
        }
        for (Value view : list.values) {
            List<Value> parts = tuple(input, view, 4);
            String key = key(parts.get(0));
            String rootKey = key(parts.get(1));
            StorageRef root = references.get(rootKey);
            Blob blob = storages.get(rootKey);
            if (root == null
                    || blob == null
                    || !(parts.get(2) instanceof Int offset)
                    || !(parts.get(3) instanceof Int size)
                    || offset.value() < 0
                    || size.value() < 0
                    || offset.value() > root.viewElements() - size.value()) {
                throw input.fault(Kind.CORRUPT, "storage " + key + " is a part of none, or lies outside of it");
            }
            long start = root.viewOffset() + offset.value();
            add(input, key, blob, new StorageRef(root.type(), key, root.elements(), start, size.value()));
        }
    }

    private void add(Input input, String key, Blob blob, StorageRef reference) throws CheckpointException {
        budget.charge(300);
        if (storages.put(key, blob) != null) {
            throw input.fault(Kind.HOSTILE, "storage " + key + " occurs twice");
        }
        references.put(key, reference);
    }

    private void readTensors(FileRange member) throws IOException {
        Input input = new Input(member.stream(), "tensors");
        PickleReader pickles = new PickleReader(input, budget, globals, PersistentId::load);
        long count = count(input, pickles.read());
        for (long i = 0; i < count; i++) {
            List<Value> described = tuple(input, pickles.read(), 3);
            String key = key(described.get(0));
            StorageRef storage = references.get(key(described.get(1)));
            int dimensions = input.i32();
            input.skip(4); // Old torch wrote the number of dimensions as 8 bytes.
            if (storage == null || dimensions < 0 || dimensions > MOST_DIMENSIONS) {
                throw input.fault(Kind.CORRUPT, "tensor " + key + " has no storage, or " + dimensions + " dimensions");
            }
            budget.charge(200 + 64L * dimensions);
            List<Value> sizes = numbers(input, dimensions);
            List<Value> strides = numbers(input, dimensions);
            if (tensors.put(key, new TensorRef(storage, input.i64(), sizes, strides)) != null) {
                throw input.fault(Kind.HOSTILE, "tensor " + key + " occurs twice");
            }
        }
    }

    private static List<Value> numbers(Input input, int count) throws IOException {
        List<Value> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(new Int(input.i64()));
        }
        return numbers;
    }

    /** Keys are addresses in the memory of the process that wrote them. */
    private static String key(Value value) throws CheckpointException {
        return value instanceof Int number ? Long.toString(number.value()) : PersistentId.key(value);
    }

    private static long count(Input input, Value value) throws CheckpointException {
        if (value instanceof Int count && count.value() >= 0) {
            return count.value();
        }
        throw input.fault(Kind.CORRUPT, "expected a number of entries, found a " + value.describe());
    }

    private static List<Value> tuple(Input input, Value value, int size) throws CheckpointException {
        if (value instanceof Items items && items.values.size() == size) {
            return items.values;
        }
        throw input.fault(Kind.CORRUPT, "expected a tuple of " + size + ", found a " + value.describe());
    }

    private Value tensor(Value id) throws CheckpointException {
        if (id instanceof Items items && !items.values.isEmpty()) {
            return items.values.get(0); // A class, with its source code.
        }
        String key = key(id);
        TensorRef tensor = tensors.get(key);
        if (tensor == null) {
            throw new CheckpointException(Kind.CORRUPT, "the archive has no tensor " + key);
        }
        return tensor;
    }

    private Blob storage(StorageRef reference) throws CheckpointException {
        Blob blob = storages.get(reference.key());
        if (blob == null) {
            throw new CheckpointException(Kind.CORRUPT, "the archive has no storage " + reference.key());
        }
        return blob;
    }
}
