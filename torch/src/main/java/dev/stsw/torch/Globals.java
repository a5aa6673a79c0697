package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes and functions that a pickle names, in three tiers: those that torch itself allows; unknown ones, which are
 * inert and reported; and those that only an attack needs, which are refused even though nothing here would call them,
 * because the file will be opened elsewhere too.
 */
final class Globals {
    /** torch 2.13, {@code _weights_only_unpickler._get_allowed_globals()}. */
    static final Set<String> ALLOWED =
            Stream.concat(TorchTypes.allowed().stream(), words("""
                            _codecs.encode builtins.bytearray builtins.complex builtins.set
                            collections.Counter collections.OrderedDict
                            torch.Size torch.Tensor torch.device torch.nn.parameter.Parameter
                            torch.serialization._get_layout torch._tensor._rebuild_from_type_v2
                            torch.per_channel_affine torch.per_channel_affine_float_qparams
                            torch.per_channel_symmetric torch.per_tensor_affine torch.per_tensor_symmetric
                            torch._utils._rebuild_device_tensor_from_cpu_tensor
                            torch._utils._rebuild_device_tensor_from_numpy
                            torch._utils._rebuild_meta_tensor_no_storage torch._utils._rebuild_nested_tensor
                            torch._utils._rebuild_parameter torch._utils._rebuild_parameter_with_state
                            torch._utils._rebuild_qtensor torch._utils._rebuild_sparse_tensor
                            torch._utils._rebuild_tensor torch._utils._rebuild_tensor_v2
                            torch._utils._rebuild_tensor_v3 torch._utils._rebuild_wrapper_subclass""")).collect(Collectors.toUnmodifiableSet());

    /** torch loads a file within a byte string with it; here that file is read like any other. */
    static final String LOAD_FROM_BYTES = "torch.storage._load_from_bytes";

    /** Not on torch's list, but what stands for tensors and arrays, and is read as such. */
    private static final Set<String> READ = Stream.concat(
                    Stream.of(LOAD_FROM_BYTES, "torch._utils._rebuild_xla_tensor"), PickledArray.globals().stream())
            .collect(Collectors.toUnmodifiableSet());

    /** Names that torch itself moved. */
    private static final Map<String, String> MOVED =
            Map.of("__builtin__", "builtins", "copy_reg", "copyreg", "torch.tensor", "torch._tensor");

    private final boolean strict;
    private final Budget budget;
    private final Map<String, Global> seen = new HashMap<>();
    private final SortedSet<String> unknown = new TreeSet<>();

    Globals(boolean strict, Budget budget) {
        this.strict = strict;
        this.budget = budget;
    }

    static Stream<String> words(String text) {
        return Stream.of(text.strip().split("\\s+"));
    }

    /** The inert value for a name; always the same for the same name. */
    Global name(String writtenModule, String name) throws CheckpointException {
        String module = MOVED.getOrDefault(writtenModule, writtenModule);
        String fullName = module + "." + name;
        Global known = seen.get(fullName);
        if (known != null) {
            return known;
        }
        refuseDangerous(module, name, fullName);
        if (!ALLOWED.contains(fullName)) {
            if (strict) {
                throw new CheckpointException(
                        Kind.HOSTILE, "names " + Quote.text(fullName) + ", which is not on torch's allow-list");
            }
            // A class of TorchScript's own is no Python, and lies in the file.
            if (!READ.contains(fullName) && !fullName.startsWith("__torch__.")) {
                unknown.add(fullName);
            }
        }
        budget.charge(200 + 4L * fullName.length());
        Global global = new Global(module, name);
        seen.put(fullName, global);
        return global;
    }

    /**
     * What {@code getattr(target, name)} would give: the name below that of a class, module or function; of anything else
     * something inert. Refused where that reaches what can run code.
     */
    Value attribute(Obj call) throws CheckpointException {
        Value target = call.argument(0);
        if (target == null || !(call.argument(1) instanceof Text name)) {
            throw dangerous("builtins.getattr");
        }
        String owner = target instanceof Global global ? global.toString() : "";
        String fullName = owner + "." + name.value();
        boolean hidden = Stream.of(fullName.split("\\.")).anyMatch(DangerousNames::isPart);
        if (hidden || DangerousNames.is(owner, name.value())) {
            throw dangerous("getattr of " + fullName);
        }
        budget.charge(200 + 4L * fullName.length());
        return target instanceof Global ? new Global(owner, name.value()) : call;
    }

    /** Refuses types that {@code dill} names by a word, where they make functions out of bytes. */
    static void requireHarmlessType(Obj call) throws CheckpointException {
        if (!(call.argument(0) instanceof Text name) || name.value().matches(".*(Code|Function|Lambda|Method)Type")) {
            throw dangerous("dill._dill._load_type");
        }
    }

    private static void refuseDangerous(String module, String name, String fullName) throws CheckpointException {
        if (module.endsWith("joblib.numpy_pickle") && name.endsWith("Wrapper")) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "written by joblib.dump, which puts arrays between the parts of a pickle; load it with joblib, and"
                            + " save it with pickle.dump instead");
        }
        if (DangerousNames.is(module, name)) {
            throw dangerous(fullName);
        }
        if (name.indexOf('.') >= 0) {
            throw new CheckpointException(
                    Kind.HOSTILE,
                    "refused: the dotted name " + Quote.text(name) + " of module " + Quote.text(module)
                            + " reaches into other objects");
        }
    }

    private static CheckpointException dangerous(String fullName) {
        return new CheckpointException(
                Kind.HOSTILE,
                "refused: the file names " + Quote.text(fullName)
                        + ", which can run code or reach the system; no checkpoint needs that");
    }

    /** Names outside of torch's allow-list, so far, sorted. */
    SortedSet<String> unknown() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(unknown));
    }
}
