package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code .metadata} of torch.distributed.checkpoint: a pickle of its class {@code Metadata}
 * (torch/distributed/checkpoint/metadata.py), which says what there is, and where each piece of it lies.
 */
final class DistributedMetadata {
    /** Bytes of values that a byte of such a pickle makes: about ten where names are short. */
    private static final int VALUES_PER_BYTE = 40;

    /** What torch puts there itself; its reader loads the file with all of Python's pickle. */
    private static final List<String> EXPECTED =
            List.of("torch.distributed.", "pathlib.", "megatron.core.", "collections.");

    /**
     * Something that was saved under a name of its own.
     *
     * @param name all keys that lead to it, joined by dots
     * @param path the same keys one by one, if the file says them
     * @param tensor what describes it; null for a pickled object
     */
    record Item(String name, List<String> path, @Nullable Obj tensor) {}

    private final Value root;
    private final List<String> warnings = new ArrayList<>();
    private final TreeSet<String> unknownGlobals = new TreeSet<>();

    private DistributedMetadata(Value root) {
        this.root = root;
    }

    static DistributedMetadata read(SeekableByteChannel channel, boolean strict) throws IOException {
        long size = channel.size();
        Budget budget = Budget.growingWith(size, VALUES_PER_BYTE);
        Globals globals = new Globals(false, budget);
        Input input = new Input(new FileRange(channel, 0, size).stream(), ".metadata");
        if (size == 0 || input.u8() != 0x80) {
            throw not("it is no pickle");
        }
        input = new Input(new FileRange(channel, 0, size).stream(), ".metadata");
        Value root = new PickleReader(input, budget, globals, id -> {
                    throw new CheckpointException(Kind.CORRUPT, "refers to storages, of which there are none here");
                })
                .read();
        if (!(root instanceof Obj object) || !named(object, "Metadata")) {
            throw not("it holds a " + root.describe());
        }
        DistributedMetadata metadata = new DistributedMetadata(root);
        if (input.remaining() > 0) {
            metadata.warnings.add(input.remaining() + " bytes after the end of .metadata's pickle were ignored");
        }
        globals.unknown().stream()
                .filter(name -> EXPECTED.stream().noneMatch(name::startsWith))
                .forEach(metadata.unknownGlobals::add);
        if (strict && !metadata.unknownGlobals.isEmpty()) {
            throw new CheckpointException(
                    Kind.HOSTILE,
                    ".metadata names " + Quote.text(metadata.unknownGlobals.first())
                            + ", which torch does not put there");
        }
        return metadata;
    }

    private static CheckpointException not(String problem) {
        return new CheckpointException(
                Kind.NOT_A_CHECKPOINT, ".metadata is not that of a distributed checkpoint: " + problem);
    }

    /** Modules moved from version to version; the names of the classes did not. */
    private static boolean named(Obj object, String name) {
        return object.callable instanceof Global type
                && type.name().equals(name)
                && type.module().startsWith("torch.distributed.");
    }

    /** Names that neither torch nor Megatron-core puts there. */
    Set<String> unknownGlobals() {
        return unknownGlobals;
    }

    List<String> warnings() {
        return warnings;
    }

    /** All that was saved, in the order of the file. */
    List<Item> items() throws CheckpointException {
        Map<String, List<String>> paths = paths();
        List<Item> items = new ArrayList<>();
        for (Entry entry : entries(root, "state_dict_metadata", "its state_dict_metadata")) {
            Obj object = entry.value() instanceof Obj one ? one : null;
            boolean isTensor = object != null && named(object, "TensorStorageMetadata");
            if (!isTensor && (object == null || !named(object, "BytesStorageMetadata"))) {
                throw new CheckpointException(
                        Kind.UNSUPPORTED,
                        "entry " + Quote.text(entry.name()) + " is neither a tensor nor an object, but a "
                                + entry.value().describe());
            }
            List<String> path = paths.getOrDefault(entry.name(), List.of(entry.name()));
            items.add(new Item(entry.name(), path, isTensor ? object : null));
        }
        return items;
    }

    /** The keys that torch flattened into each name, where its planner noted them. */
    private Map<String, List<String>> paths() {
        Map<String, List<String>> paths = new HashMap<>();
        Value data = attribute(root, "planner_data");
        List<Entry> entries = data == null ? null : Mappings.entries(data);
        for (Entry entry : entries == null ? List.<Entry>of() : entries) {
            List<String> path = new ArrayList<>();
            if (entry.value() instanceof Items keys && keys.is(Items.Kind.TUPLE)) {
                for (Value key : keys.values) {
                    path.add(key instanceof Text text ? text.value() : key instanceof Int n ? "" + n.value() : "?");
                }
            }
            if (String.join(".", path).equals(entry.name())) {
                paths.put(entry.name(), path);
            }
        }
        return paths;
    }

    /** For each tensor, where each of its pieces lies, by the offset of the piece. */
    Map<String, Map<List<Long>, Place>> places(Set<String> wanted) throws CheckpointException {
        Map<String, Map<List<Long>, Place>> places = new HashMap<>();
        if (!(attribute(root, "storage_data") instanceof Dict dict)) {
            throw new CheckpointException(Kind.CORRUPT, "says of no tensor where it lies");
        }
        for (int i = 0; i < dict.keys.size(); i++) {
            Value index = dict.keys.get(i);
            if (attribute(index, "fqn") instanceof Text name && wanted.contains(name.value())) {
                try {
                    places.computeIfAbsent(name.value(), any -> new HashMap<>())
                            .put(offset(index), Place.of(dict.values.get(i)));
                } catch (CheckpointException e) {
                    throw new CheckpointException(e.kind(), "tensor " + Quote.text(name.value()) + " " + e.problem());
                }
            }
        }
        return places;
    }

    private static List<Long> offset(Value index) throws CheckpointException {
        Value offset = attribute(index, "offset");
        return offset == null || offset == Value.Atom.NONE
                ? List.of()
                : new Box(Rebuild.numbers("offset", offset), new long[0]).offset();
    }

    private static List<Entry> entries(Value object, String name, String what) throws CheckpointException {
        Value value = attribute(object, name);
        List<Entry> entries = value == null ? null : Mappings.entries(value);
        if (entries == null) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    ".metadata has " + (value == null ? "nothing" : "a " + value.describe()) + " for " + what);
        }
        return entries;
    }

    /** An attribute of an object; null if it has none of that name. */
    static @Nullable Value attribute(@Nullable Value value, String name) {
        return value instanceof Obj object && object.state instanceof Dict state ? state.get(name) : null;
    }

    /** Whether Megatron-core flattened a tensor, and notes its own shape elsewhere. */
    boolean isReshaped(String name) {
        Value own = attribute(root, "mcore_data") instanceof Dict dict ? dict.get(name) : null;
        Value shape = own instanceof Dict dict ? dict.get("nd_reformulated_orig_global_shape") : null;
        return shape != null && shape != Value.Atom.NONE;
    }

    /**
     * Where a piece lies.
     *
     * @param file plain name
     * @param start bytes from the start of the file
     * @param length bytes
     */
    record Place(String file, long start, long length) {
        static Place of(Value info) throws CheckpointException {
            if (!(attribute(info, "relative_path") instanceof Text file)
                    || !(attribute(info, "offset") instanceof Int start)
                    || !(attribute(info, "length") instanceof Int length)) {
                throw new CheckpointException(Kind.CORRUPT, "has a piece of which the place is not said");
            }
            if (attribute(info, "transform_descriptors") instanceof Items transforms && !transforms.values.isEmpty()) {
                String first = transforms.values.get(0) instanceof Text text ? text.value() : "?";
                throw new CheckpointException(
                        Kind.UNSUPPORTED,
                        "was written through the extension " + Quote.text(first)
                                + "; save it with torch again, without extensions");
            }
            if (!isPlain(file.value())) {
                throw new CheckpointException(
                        Kind.HOSTILE,
                        "has a piece in " + Quote.text(file.value())
                                + ", which is not the plain name of a file in the same folder");
            }
            if (start.value() < 0 || length.value() < 0 || start.value() > Long.MAX_VALUE - length.value()) {
                throw new CheckpointException(
                        Kind.CORRUPT,
                        "has a piece of " + length.value() + " bytes at byte " + start.value() + " of a file");
            }
            return new Place(file.value(), start.value(), length.value());
        }

        private static boolean isPlain(String name) {
            return !name.isEmpty()
                    && name.length() <= 255
                    && !name.equals(".")
                    && !name.equals("..")
                    && name.chars().noneMatch(c -> c < ' ' || c == '/' || c == '\\' || c == ':');
        }
    }
}
