package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.ArrayRef;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.LoadedStorage;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.OddArray;
import dev.stsw.torch.Value.StorageRef;
import dev.stsw.torch.Value.TensorRef;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Recognises what torch would rebuild into a tensor ({@code torch/_utils.py}), and describes that tensor. */
final class Rebuild {
    private static final String UTILS = "torch._utils.";

    /** Calls whose first argument is the tensor. */
    private static final Set<String> WRAPPERS = Set.of(
            UTILS + "_rebuild_parameter",
            UTILS + "_rebuild_parameter_with_state",
            UTILS + "_rebuild_device_tensor_from_cpu_tensor",
            "torch.nn.parameter.Parameter",
            "torch.nn.parameter.Buffer");

    /** Calls that stand for tensors without a form in safetensors, and what those are. */
    private static final Map<String, String> WITHOUT_FORM = Map.of(
            UTILS + "_rebuild_qtensor",
            "quantized",
            UTILS + "_rebuild_sparse_tensor",
            "sparse",
            UTILS + "_rebuild_sparse_csr_tensor",
            "sparse",
            UTILS + "_rebuild_nested_tensor",
            "nested",
            "torch.nested._internal.nested_tensor._rebuild_njt",
            "nested",
            UTILS + "_rebuild_meta_tensor_no_storage",
            "on the meta device, without data",
            UTILS + "_rebuild_wrapper_subclass",
            "a wrapper around other tensors");

    /** Parameters of parameters do not occur, but hostile files do. */
    private static final int DEEPEST = 16;

    /** torch has no limit, NumPy's is 64. */
    private static final int MOST_DIMENSIONS = 1024;

    private final Container container;
    private final boolean widen;
    private final Budget budget;
    private final IdentityHashMap<Obj, View> arrays = new IdentityHashMap<>();
    /** Tensors that cannot be read: finding that out again takes an exception. */
    private final Set<Value> unreadable = Collections.newSetFromMap(new IdentityHashMap<>());

    Rebuild(Container container, Budget budget) {
        this(container, false, budget);
    }

    /** @param widen whether tensors without a form are described in another that safetensors has */
    Rebuild(Container container, boolean widen, Budget budget) {
        this.container = container;
        this.widen = widen;
        this.budget = budget;
    }

    /** What TorchScript's code says of an object; null where it says nothing. */
    ScriptCode.@Nullable Members members(Obj object) {
        return container.code() == null ? null : container.code().of(object);
    }

    boolean widens() {
        return widen;
    }

    /** Whether a tensor that has no form as it is has one where that is asked for. */
    boolean canWiden(Value value) {
        try {
            Rebuild other = new Rebuild(container, true, budget);
            return !widen && (Quantized.of(value, other) != null || other.tensor(value) != null);
        } catch (CheckpointException e) {
            return false;
        }
    }

    /** The codes of a quantized tensor. */
    View codes(Obj quantized) throws CheckpointException {
        requireArguments(quantized, 7, 7);
        return view(quantized, null, null);
    }

    /**
     * Whether {@code value} stands for a tensor, even for one that cannot be read. Not for a single number of NumPy, which is
     * one where it lies among tensors: losses and epochs are such, too, and say nothing of where the model is.
     */
    boolean recognises(Value value) {
        if (unreadable.contains(value)) {
            return true;
        }
        PickledArray array = PickledArray.of(value);
        if (array != null && array.number()) {
            return false;
        }
        try {
            return leftOut(value) == null && tensor(value) != null;
        } catch (CheckpointException e) {
            unreadable.add(value);
            return true;
        }
    }

    /** Why an array is left out, although it is one: it holds no numbers; null for everything else. */
    static @Nullable String leftOut(Value value) {
        try {
            PickledArray array = PickledArray.of(value);
            if (array != null && array.objects() == null) {
                array.requireNumbers();
            }
            if (value instanceof ArrayRef plain) {
                NumpyType.of(plain.header().descr());
            }
            return value instanceof OddArray odd ? "array that " + odd.problem() : null;
        } catch (CheckpointException e) {
            return "array that " + e.problem();
        }
    }

    /** The tensor that {@code value} stands for; null if it stands for something else. */
    @Nullable
    View tensor(Value value) throws CheckpointException {
        return tensor(value, 0);
    }

    private @Nullable View tensor(@Nullable Value value, int depth) throws CheckpointException {
        if (value instanceof TensorRef reference) {
            return view(
                    reference.storage(),
                    new Int(reference.offset()),
                    new Items(Items.Kind.TUPLE, reference.sizes()),
                    new Items(Items.Kind.TUPLE, reference.strides()),
                    null,
                    null);
        }
        if (value instanceof ArrayRef array) {
            return array.header().view(array.blob(), widen);
        }
        if (!(value instanceof Obj object) || !(object.callable instanceof Global callable)) {
            return null;
        }
        PickledArray array = PickledArray.of(object);
        if (array != null) {
            return array.objects() == null ? array(object, array) : null;
        }
        if (depth > DEEPEST) {
            throw new CheckpointException(Kind.HOSTILE, "is wrapped more than " + DEEPEST + " times");
        }
        return called(object, callable.toString(), depth);
    }

    /** One that is met twice is one tensor, even if its bytes lie in memory. */
    private View array(Obj object, PickledArray array) throws CheckpointException {
        View known = arrays.get(object);
        if (known == null) {
            known = array.view(widen);
            arrays.put(object, known);
        }
        return known;
    }

    private @Nullable View called(Obj object, String callable, int depth) throws CheckpointException {
        String missing = WITHOUT_FORM.get(callable);
        if (missing != null) {
            throw unsupported("is " + missing);
        }
        switch (callable) {
            case UTILS + "_rebuild_tensor" -> {
                requireArguments(object, 4, 4);
                return view(object, null, null);
            }
            case UTILS + "_rebuild_tensor_v2" -> {
                requireArguments(object, 6, 7);
                return view(object, null, object.argument(6));
            }
            case UTILS + "_rebuild_tensor_v3" -> {
                requireArguments(object, 7, 8);
                return view(object, object.argument(6), object.argument(7));
            }
            case UTILS + "_rebuild_device_tensor_from_numpy", UTILS + "_rebuild_xla_tensor" -> {
                return deviceTensor(object);
            }
            case "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type" -> {
                Value function = object.argument(0);
                Value arguments = object.argument(2);
                return function == null || arguments == null ? null : tensor(new Obj(function, arguments), depth + 1);
            }
            default -> {
                View old = old(object, depth);
                return old == null && WRAPPERS.contains(callable) ? tensor(object.argument(0), depth + 1) : old;
            }
        }
    }

    /** {@code (array, dtype, device, requires_grad)}: how tensors on a TPU are saved. */
    private static View deviceTensor(Obj object) throws CheckpointException {
        PickledArray array = PickledArray.of(object.argument(0));
        Value dtype = object.argument(1);
        if (array == null || dtype == null) {
            throw corrupt("has " + describe(object.argument(0)) + " where its array should be");
        }
        View view = array.view();
        ElementType type = type(dtype);
        // NumPy has no bfloat16, so torch saves the values as float32, whose upper halves they are.
        if (type.dtype() == DType.BF16
                && view.dtype() == DType.F32
                && view.fix().isNone()) {
            return view.upperHalves(type);
        }
        if (type.dtype() != view.dtype()) {
            throw unsupported("is of dtype torch." + type.name() + ", but saved as an array of " + view.dtype());
        }
        return view;
    }

    private static void requireArguments(Obj object, int least, int most) throws CheckpointException {
        int count = object.arguments instanceof Items items ? items.values.size() : 0;
        if (count < least || count > most) {
            throw corrupt("is rebuilt from " + count + " values, expected " + least + " to " + most);
        }
    }

    /** Tensors and Variables that were made by class and state ({@code Tensor.__setstate__}), before torch 0.4. */
    private @Nullable View old(Obj object, int depth) throws CheckpointException {
        if (!(object.callable instanceof Global type)) {
            return null;
        }
        boolean tensor = TorchTypes.ofTensorClass(type) != null || type.is("torch.Tensor") || isWrapper(type);
        if (type.module().endsWith(".sparse") && type.name().endsWith("Tensor")) {
            throw unsupported("is sparse");
        }
        if (!tensor || !(object.state instanceof Items state)) {
            return null;
        }
        List<Value> values = state.values;
        return switch (values.size()) {
            case 4 -> view(values.get(0), values.get(1), values.get(2), values.get(3), null, null);
            case 5 -> tensor(values.get(0), depth + 1);
            default -> null;
        };
    }

    private static boolean isWrapper(Global type) {
        return WRAPPERS.contains(type.toString());
    }

    private View view(Obj object, @Nullable Value dtype, @Nullable Value metadata) throws CheckpointException {
        return view(object.argument(0), object.argument(1), object.argument(2), object.argument(3), dtype, metadata);
    }

    private View view(
            @Nullable Value storage,
            @Nullable Value offset,
            @Nullable Value size,
            @Nullable Value stride,
            @Nullable Value dtype,
            @Nullable Value metadata)
            throws CheckpointException {
        StorageRef reference = storage instanceof LoadedStorage loaded
                ? loaded.reference()
                : storage instanceof StorageRef plain ? plain : null;
        if (reference == null) {
            throw corrupt("has " + describe(storage) + " where its storage should be");
        }
        ElementType stored = TorchTypes.ofStorage(reference.type());
        if (stored == null) {
            throw unsupported("has a storage of the unknown class "
                    + Quote.text(reference.type().toString()));
        }
        ElementType type = dtype == null ? stored : type(dtype);
        Blob blob = storage instanceof LoadedStorage loaded
                ? loaded.blob()
                : container.storages().find(reference);
        boolean bigEndian = storage instanceof LoadedStorage loaded ? loaded.bigEndian() : container.bigEndian();
        long[] sizes = numbers("size", size);
        long[] strides = numbers("stride", stride);
        budget.work(sizes.length + strides.length);
        if (!(offset instanceof Int first) || first.value() < 0) {
            throw corrupt("has " + describe(offset) + " as its offset");
        }
        if (sizes.length != strides.length) {
            throw corrupt("has " + sizes.length + " dimensions, but " + strides.length + " strides");
        }
        requireSize(reference, stored, blob);
        View view = new View(
                blob,
                type,
                widen ? widened(type, sizes) : dtypeOf(type, sizes),
                start(reference.viewOffset() * stored.bytes(), first.value(), type),
                sizes,
                strides,
                fix(type, bigEndian, metadata));
        requireInside(view, (reference.viewOffset() + reference.viewElements()) * stored.bytes());
        return view.type().name().equals("complex128") ? view.roundedPairs() : view;
    }

    /** The record must have exactly the size that the pickle claims. */
    private static void requireSize(StorageRef reference, ElementType stored, Blob blob) throws CheckpointException {
        // Divided, not multiplied: the claim may be anything.
        if (blob.size() % stored.bytes() != 0 || blob.size() / stored.bytes() != reference.elements()) {
            throw corrupt("claims a storage of " + reference.elements() + " elements of " + stored.bytes()
                    + " bytes, but storage " + reference.key() + " has " + blob.size() + " bytes");
        }
    }

    private static long start(long part, long offset, ElementType type) throws CheckpointException {
        try {
            return Math.addExact(part, Math.multiplyExact(offset, type.bytes()));
        } catch (ArithmeticException e) {
            throw corrupt("lies outside of its storage, at element " + offset);
        }
    }

    private static void requireInside(View view, long limit) throws CheckpointException {
        try {
            long elements = 1;
            long last = 0;
            for (int i = 0; i < view.rank(); i++) {
                elements = Math.multiplyExact(elements, view.size(i));
            }
            Math.multiplyExact(elements, 2 * view.type().bytes());
            if (elements == 0) {
                return;
            }
            for (int i = 0; i < view.rank(); i++) {
                last = Math.addExact(last, Math.multiplyExact(view.size(i) - 1, view.stride(i)));
            }
            long end = Math.addExact(
                    view.start(),
                    Math.multiplyExact(Math.addExact(last, 1), view.type().bytes()));
            if (end > limit) {
                throw corrupt("reaches to byte " + end + " of a storage of " + limit + " bytes");
            }
        } catch (ArithmeticException e) {
            throw corrupt("has a size beyond 64 bits");
        }
    }

    static long[] numbers(String what, @Nullable Value value) throws CheckpointException {
        Value plain = value instanceof Obj object && object.isOf("torch.Size") ? object.argument(0) : value;
        if (!(plain instanceof Items items) || items.is(Items.Kind.SET)) {
            throw corrupt("has " + describe(value) + " as its " + what);
        }
        if (items.values.size() > MOST_DIMENSIONS) {
            throw new CheckpointException(
                    Kind.LIMIT, "has " + items.values.size() + " dimensions, more than " + MOST_DIMENSIONS);
        }
        long[] numbers = new long[items.values.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(items.values.get(i) instanceof Int number) || number.value() < 0) {
                throw corrupt("has no number, or a negative one, in its " + what);
            }
            numbers[i] = number.value();
        }
        return numbers;
    }

    static ElementType type(@Nullable Value dtype) throws CheckpointException {
        ElementType type = dtype instanceof Global global ? TorchTypes.ofDType(global) : null;
        if (type == null) {
            throw unsupported("has the unknown dtype " + describe(dtype));
        }
        return type;
    }

    private static DType widened(ElementType type, long[] sizes) throws CheckpointException {
        return switch (type.name()) {
            case "complex128" -> DType.C64;
            case "qint8" -> DType.I8;
            case "quint8" -> DType.U8;
            case "qint32" -> DType.I32;
            default -> dtypeOf(type, sizes);
        };
    }

    static DType dtypeOf(ElementType type, long[] sizes) throws CheckpointException {
        if (type.dtype() == null) {
            throw unsupported("is of dtype torch." + type.name());
        }
        if (type.dtype() == DType.F4 && sizes.length == 0) {
            throw unsupported("is a scalar of torch." + type.name() + ", whose two halves would need a dimension");
        }
        return type.dtype();
    }

    private static ElementFix fix(ElementType type, boolean bigEndian, @Nullable Value metadata)
            throws CheckpointException {
        boolean conjugate = metadata instanceof Dict dict && dict.get("conj") == Atom.TRUE;
        boolean negate = metadata instanceof Dict dict && dict.get("neg") == Atom.TRUE;
        if ((conjugate && !type.isComplex()) || (negate && !type.isFloating())) {
            throw unsupported("is conjugated or negated, though of dtype torch." + type.name());
        }
        return ElementFix.of(type, bigEndian, conjugate, negate);
    }

    private static String describe(@Nullable Value value) {
        return value == null ? "nothing" : value.describe();
    }

    private static CheckpointException corrupt(String problem) {
        return new CheckpointException(Kind.CORRUPT, problem);
    }

    private static CheckpointException unsupported(String problem) {
        return new CheckpointException(Kind.UNSUPPORTED, problem + ", for which safetensors has no form");
    }
}
