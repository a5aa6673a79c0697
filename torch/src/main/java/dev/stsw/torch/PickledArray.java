package dev.stsw.torch;

import dev.stsw.format.Shape;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.Bytes;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What NumPy would rebuild into an array ({@code ndarray.__reduce__} and {@code __setstate__}, {@code
 * numpy/_core/numeric.py} for protocol 5) or into one number of its own.
 *
 * @param dtype an object of {@code numpy.dtype}
 * @param shape a tuple
 * @param axes in which order the array has the dimensions of {@code shape}; null where it is the same
 * @param fortranOrder whether the first dimension varies fastest
 * @param data a byte string of all elements, or a list of objects
 * @param number whether it is no array, but one number
 */
record PickledArray(Value dtype, Value shape, @Nullable Value axes, boolean fortranOrder, Value data, boolean number) {
    /** NumPy 2 moved {@code numpy.core}. */
    private static final String OLD_CORE = "numpy.core.";

    private static final String NEW_CORE = "numpy._core.";
    private static final String RECONSTRUCT = "multiarray._reconstruct";
    /** Its name before NumPy 1.0. */
    private static final String OLD_RECONSTRUCT = "_internal._reconstruct";

    private static final String SCALAR = "multiarray.scalar";
    private static final String FROM_BUFFER = "numeric._frombuffer";
    /** {@code (function, arguments, state, …)}, of NumPy's array with the same elements. */
    private static final String JAX = "jax._src.array._reconstruct_array";

    /** One array of objects in another does not occur, but in hostile files. */
    private static final int DEEPEST = 8;

    private static final Value SCALAR_SHAPE = new Items(Items.Kind.TUPLE, List.of());

    /** All that NumPy names when it writes an array of numbers. */
    static Set<String> globals() {
        return Stream.concat(
                        Stream.of("numpy.ndarray", "numpy.dtype", JAX),
                        Stream.of(RECONSTRUCT, OLD_RECONSTRUCT, SCALAR, FROM_BUFFER)
                                .flatMap(name -> Stream.of(OLD_CORE + name, NEW_CORE + name)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The array or number that {@code value} stands for; null if it stands for something else. */
    static @Nullable PickledArray of(@Nullable Value value) {
        if (!(value instanceof Obj object) || !(object.callable instanceof Global callable)) {
            return null;
        }
        if (is(callable, RECONSTRUCT) || is(callable, OLD_RECONSTRUCT)) {
            return ofState(object.state);
        }
        if (is(callable, FROM_BUFFER)) {
            return ofBuffer(object);
        }
        Value first = object.argument(0);
        Value second = object.argument(1);
        if (is(callable, SCALAR) && first != null && second != null) {
            return new PickledArray(first, SCALAR_SHAPE, null, false, second, true);
        }
        boolean ofNumpy = first instanceof Global function && is(function, RECONSTRUCT);
        return callable.is(JAX) && ofNumpy ? ofState(object.argument(2)) : null;
    }

    private static boolean is(Global global, String name) {
        boolean numpy = global.module().startsWith("numpy.");
        return numpy && (global.is(OLD_CORE + name) || global.is(NEW_CORE + name));
    }

    /** {@code (version, shape, dtype, is_fortran, data)}; the version was missing once. */
    private static @Nullable PickledArray ofState(@Nullable Value state) {
        if (!(state instanceof Items items) || items.values.size() < 4 || items.values.size() > 5) {
            return null;
        }
        List<Value> parts = items.values.subList(items.values.size() - 4, items.values.size());
        boolean fortran = parts.get(2) == Atom.TRUE || (parts.get(2) instanceof Int flag && flag.value() != 0);
        return new PickledArray(parts.get(1), parts.get(0), null, fortran, parts.get(3), false);
    }

    /** {@code _frombuffer(data, dtype, shape, order[, axes])}; the order is C, F, or since NumPy 2.3 K with the axes. */
    private static @Nullable PickledArray ofBuffer(Obj object) {
        Value data = object.argument(0);
        Value dtype = object.argument(1);
        Value shape = object.argument(2);
        if (data == null || dtype == null || shape == null || !(object.argument(3) instanceof Text order)) {
            return null;
        }
        Value axes = order.value().equals("K") ? object.argument(4) : null;
        return new PickledArray(dtype, shape, axes, order.value().equals("F"), data, false);
    }

    /** What lies in arrays of objects that {@code value} may be, one in the other; itself if it is none. */
    static Value unwrapped(Value value) {
        Value inner = value;
        for (int i = 0; i < DEEPEST; i++) {
            PickledArray array = of(inner);
            Value objects = array == null ? null : array.objects();
            if (objects == null) {
                return inner;
            }
            inner = objects;
        }
        return Atom.NONE;
    }

    /** What an array of objects holds: its only object where it has no dimension; null for arrays of anything else. */
    @Nullable
    Value objects() {
        if (!(data instanceof Items items) || number) {
            return null;
        }
        boolean single = shape instanceof Items sizes && sizes.values.isEmpty() && items.values.size() == 1;
        return single ? items.values.get(0) : items;
    }

    /** @throws CheckpointException if its elements are none, or none that anything else than NumPy knows */
    void requireNumbers() throws CheckpointException {
        type();
    }

    /** The elements' type as NumPy's files say it: {@code <f4}. */
    private NumpyType type() throws CheckpointException {
        if (!(dtype instanceof Obj object) || !object.isOf("numpy.dtype")) {
            throw new CheckpointException(Kind.UNSUPPORTED, "has a dtype of its own, a " + dtype.describe());
        }
        Value name = object.argument(0);
        List<Value> state = object.state instanceof Items items ? items.values : List.of();
        String order = state.size() > 1 && state.get(1) instanceof Text text ? text.value() : "|";
        if (state.size() > 3 && state.get(3) != Atom.NONE) {
            throw new CheckpointException(Kind.UNSUPPORTED, "has a structured dtype, which safetensors cannot hold");
        }
        if (name instanceof Global global) {
            return NumpyType.ofClass(global.toString(), order);
        }
        return NumpyType.of(order + (name instanceof Text text ? text.value() : ""));
    }

    /** The same as a tensor. */
    View view() throws CheckpointException {
        return view(false);
    }

    /** @param widen whether complex128 is given out as C64, and not refused */
    View view(boolean widen) throws CheckpointException {
        NumpyType type = type();
        Shape sizes;
        try {
            sizes = Shape.of(Rebuild.numbers("shape", shape));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(Kind.CORRUPT, "makes no tensor: " + e.getMessage());
        }
        View view = new NumpyLayout(type, sizes, fortranOrder).view(bytes(), 0, widen && axes == null);
        return axes == null ? view : view.transposed(permutation(view.rank()));
    }

    private int[] permutation(int rank) throws CheckpointException {
        long[] numbers = Rebuild.numbers("order of axes", axes);
        boolean[] seen = new boolean[rank];
        int[] order = new int[rank];
        boolean sound = numbers.length == rank;
        for (int i = 0; sound && i < rank; i++) {
            sound = numbers[i] < rank && !seen[(int) numbers[i]];
            if (sound) {
                order[i] = (int) numbers[i];
                seen[order[i]] = true;
            }
        }
        if (!sound) {
            throw new CheckpointException(Kind.CORRUPT, "has an order of axes that is none of its " + rank);
        }
        return order;
    }

    private Blob bytes() throws CheckpointException {
        if (data instanceof Bytes bytes && !bytes.isText()) {
            return bytes.blob();
        }
        if (data instanceof Text text) {
            // Of Python 2; exact, because only valid UTF-8 became a text.
            return HeapBytes.blob("byte string", text.value().getBytes(StandardCharsets.UTF_8));
        }
        if (data instanceof Obj object && object.isOf("builtins.bytes")) {
            return HeapBytes.blob("byte string", new byte[0]);
        }
        throw new CheckpointException(Kind.CORRUPT, "is an array with a " + data.describe() + " for its elements");
    }
}
