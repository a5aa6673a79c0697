package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.FileChangedException;
import dev.stsw.format.Shape;
import dev.stsw.publish.MappedFaults;
import dev.stsw.stream.Narrowing;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A view of a tensor's values: dtype, shape, and strides over little-endian memory. Immutable, as far as the memory
/// is; any number of threads may use one.
///
/// A tensor of a [StreamReader] is valid as long as the reader is open. If its mapped file is cut meanwhile by someone
/// else, the methods that look at values throw [UncheckedIOException] with a [FileChangedException] as its cause.
public final class Tensor {
    /// Some virtual machines cannot make arrays of the last few lengths below 2^31.
    private static final long MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private final DType dtype;
    private final Shape shape;
    private final long[] strides;
    /// Of the first element, in elements.
    private final long offset;
    private final MemorySegment memory;
    private final SegmentElements elements;
    /// The file that the memory maps, for messages.
    private final @Nullable String file;

    private Tensor(DType dtype, Shape shape, long[] strides, long offset, MemorySegment memory, @Nullable String file) {
        this.dtype = dtype;
        this.shape = shape;
        this.strides = strides;
        this.offset = offset;
        this.memory = memory;
        this.elements = new SegmentElements(memory);
        this.file = file;
    }

    /// F32. The array is not copied; without dimensions, it is a vector of all values.
    ///
    /// @throws IllegalArgumentException if the shape has not as many elements as the array, as in all of these methods
    public static Tensor of(float[] values, long... shape) {
        return ofArray(DType.F32, MemorySegment.ofArray(values), values.length, shape);
    }

    /// F64. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(double[] values, long... shape) {
        return ofArray(DType.F64, MemorySegment.ofArray(values), values.length, shape);
    }

    /// I64. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(long[] values, long... shape) {
        return ofArray(DType.I64, MemorySegment.ofArray(values), values.length, shape);
    }

    /// I32. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(int[] values, long... shape) {
        return ofArray(DType.I32, MemorySegment.ofArray(values), values.length, shape);
    }

    /// I16. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(short[] values, long... shape) {
        return ofArray(DType.I16, MemorySegment.ofArray(values), values.length, shape);
    }

    /// I8. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(byte[] values, long... shape) {
        return ofArray(DType.I8, MemorySegment.ofArray(values), values.length, shape);
    }

    /// BOOL, one byte an element. Without dimensions, a vector of all values.
    public static Tensor of(boolean[] values, long... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return ofArray(DType.BOOL, MemorySegment.ofArray(bytes), bytes.length, shape);
    }

    /// A floating-point tensor of another dtype, rounded as
    /// [dev.stsw.stream.TensorSources#cast(dev.stsw.format.TensorSource, DType,
    /// java.util.function.Consumer)] says. Without dimensions, a vector of all values.
    ///
    /// @throws UnsupportedOperationException if floats cannot be rounded to the dtype: F32, F64, F16, BF16 and the F8
    ///     types can be
    public static Tensor of(DType dtype, float[] values, long... shape) {
        if (!Narrowing.supports(dtype)) {
            throw new UnsupportedOperationException("floats cannot be rounded to " + dtype);
        }
        byte[] bytes = new byte[Math.toIntExact(dtype.byteSize(values.length))];
        Narrowing.write(dtype, values, 0, values.length, ByteBuffer.wrap(bytes));
        return of(dtype, shapeOf(values.length, shape), MemorySegment.ofArray(bytes));
    }

    /// Little-endian elements in C order, not copied; the tensor is valid as long as the memory.
    ///
    /// @throws IllegalArgumentException if the memory is not exactly as large as dtype and shape ask for
    public static Tensor of(DType dtype, Shape shape, MemorySegment data) {
        return of(dtype, shape, data, null);
    }

    /// As above, with the name of the file that the memory maps.
    static Tensor of(DType dtype, Shape shape, MemorySegment data, @Nullable String file) {
        long size;
        try {
            size = dtype.byteSize(shape.elementCount());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(dtype + " " + shape + ": " + e.getMessage(), e);
        }
        if (size != data.byteSize()) {
            throw new IllegalArgumentException(
                    dtype + " " + shape + " takes " + size + " bytes, not " + data.byteSize());
        }
        return new Tensor(dtype, shape, Strides.contiguous(shape), 0, data.asReadOnly(), file);
    }

    private static Tensor ofArray(DType dtype, MemorySegment values, int length, long[] shape) {
        Shape dimensions = shapeOf(length, shape);
        return of(dtype, dimensions, Layouts.littleEndian(values, dtype.bits() / 8));
    }

    private static Shape shapeOf(int length, long[] dimensions) {
        Shape shape = dimensions.length == 0 ? Shape.of(length) : Shape.of(dimensions);
        if (shape.elementCount() != length) {
            throw new IllegalArgumentException(
                    "shape " + shape + " has " + shape.elementCount() + " elements, the array " + length);
        }
        return shape;
    }

    /// The type of its elements.
    public DType dtype() {
        return dtype;
    }

    /// Its dimensions, outermost first.
    public Shape shape() {
        return shape;
    }

    /// Size of its elements in bytes, without the gaps that a view may have between them.
    ///
    /// @throws ArithmeticException if it is a view of elements below 8 bits that do not end on a byte
    public long byteSize() {
        return dtype.byteSize(shape.elementCount());
    }

    /// Its bytes, little-endian, C order; read-only, not copied, valid as long as the tensor. If it maps a file that is
    /// cut meanwhile, accesses to it make the JDK throw [InternalError], or end the virtual machine: see
    /// [StreamReader].
    ///
    /// @throws IllegalStateException if the tensor is not [contiguous][#isContiguous()]
    public MemorySegment data() {
        long bits = Math.multiplyExact(offset, dtype.bits());
        if (shape.elementCount() == 0) {
            return memory.asSlice(0, 0);
        }
        if (!isContiguous() || (bits & 7) != 0) {
            throw new IllegalStateException(this + " is a view with gaps: call contiguous() first");
        }
        return memory.asSlice(bits >>> 3, byteSize());
    }

    /// One element of any type but C64 and F6. Rounded to nearest where a float cannot hold it, which the values of all
    /// types of up to 16 bits can.
    ///
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    public float getFloat(long... index) {
        long element = element(index);
        return memory.isMapped() ? guarded(() -> floatAt(element)) : floatAt(element);
    }

    private float floatAt(long element) {
        return switch (dtype) {
            case F32 -> memory.get(Layouts.FLOAT, element * 4);
            case F16 -> Float.float16ToFloat(memory.get(Layouts.SHORT, element * 2));
            case BF16 -> Float.intBitsToFloat(memory.get(Layouts.SHORT, element * 2) << 16);
            default -> {
                float[] value = new float[1];
                elements.toFloats(dtype, element, value, 0, 1);
                yield value[0];
            }
        };
    }

    /// One element of any type but C64 and F6. Rounded to nearest where a double cannot hold it: large I64 and U64.
    ///
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    public double getDouble(long... index) {
        long element = element(index);
        return guarded(() -> {
            double[] value = new double[1];
            elements.toDoubles(dtype, element, value, 0, 1);
            return value[0];
        });
    }

    /// One element of an integer or BOOL tensor; U64 above 2^63-1 as the negative number with the same bits.
    ///
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is another
    public long getLong(long... index) {
        long element = element(index);
        return guarded(() -> {
            long[] value = new long[1];
            elements.toLongs(dtype, element, value, 0, 1);
            return value[0];
        });
    }

    /// One element of an integer or BOOL tensor.
    ///
    /// @throws ArithmeticException if an int cannot hold it
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is another
    public int getInt(long... index) {
        return exactInt(getLong(index));
    }

    /// One element of a BOOL tensor: whether its byte is not 0.
    ///
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is another
    public boolean getBoolean(long... index) {
        requireBoolean();
        return getLong(index) != 0;
    }

    /// All elements in C order, converted as [#getFloat(long...)] does.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    public float[] toFloatArray() {
        float[] values = new float[arrayLength()];
        return guarded(() -> {
            Runs runs = runs();
            for (int at = 0; at < values.length && runs.next(); at += (int) runs.length()) {
                elements.toFloats(dtype, runs.from(), values, at, (int) runs.length());
            }
            return values;
        });
    }

    /// All elements in C order, converted as [#getDouble(long...)] does.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    public double[] toDoubleArray() {
        double[] values = new double[arrayLength()];
        return guarded(() -> {
            Runs runs = runs();
            for (int at = 0; at < values.length && runs.next(); at += (int) runs.length()) {
                elements.toDoubles(dtype, runs.from(), values, at, (int) runs.length());
            }
            return values;
        });
    }

    /// All elements in C order, converted as [#getLong(long...)] does.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the tensor is neither of integers nor BOOL
    public long[] toLongArray() {
        long[] values = new long[arrayLength()];
        return guarded(() -> {
            Runs runs = runs();
            for (int at = 0; at < values.length && runs.next(); at += (int) runs.length()) {
                elements.toLongs(dtype, runs.from(), values, at, (int) runs.length());
            }
            return values;
        });
    }

    /// All elements in C order, converted as [#getInt(long...)] does.
    ///
    /// @throws ArithmeticException if an int cannot hold one of them
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the tensor is neither of integers nor BOOL
    public int[] toIntArray() {
        int[] values = new int[arrayLength()];
        return guarded(() -> {
            Runs runs = runs();
            for (int at = 0; at < values.length && runs.next(); at += (int) runs.length()) {
                if (dtype == DType.I32) {
                    MemorySegment.copy(memory, Layouts.INT, runs.from() * 4, values, at, (int) runs.length());
                } else {
                    toInts(runs.from(), values, at, (int) runs.length());
                }
            }
            return values;
        });
    }

    private void toInts(long from, int[] values, int at, int count) {
        long[] chunk = new long[Math.min(count, 2048)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            elements.toLongs(dtype, from + done, chunk, 0, n);
            for (int i = 0; i < n; i++) {
                values[at + done + i] = exactInt(chunk[i]);
            }
        }
    }

    /// All elements of a BOOL tensor in C order: whether their bytes are not 0.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the dtype is another
    public boolean[] toBooleanArray() {
        requireBoolean();
        byte[] bytes = toByteArray();
        boolean[] values = new boolean[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            values[i] = bytes[i] != 0;
        }
        return values;
    }

    /// The bytes of any dtype, little-endian, C order.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    public byte[] toByteArray() {
        long size = byteSize();
        if (size > MAX_ARRAY_LENGTH) {
            throw tooLarge(size + " bytes");
        }
        byte[] bytes = new byte[(int) size];
        copyTo(MemorySegment.ofArray(bytes));
        return bytes;
    }

    /// The part of one dimension from index `from` to `to`, exclusive; copies nothing.
    ///
    /// @throws IndexOutOfBoundsException if there is no such dimension or range
    public Tensor slice(int dimension, long from, long to) {
        Objects.checkIndex(dimension, shape.rank());
        Objects.checkFromToIndex(from, to, shape.dimension(dimension));
        long[] dimensions = shape.toArray();
        dimensions[dimension] = to - from;
        return new Tensor(dtype, Shape.of(dimensions), strides, offset + from * strides[dimension], memory, file);
    }

    /// One index of one dimension, which disappears; copies nothing.
    ///
    /// @throws IndexOutOfBoundsException if there is no such dimension or index
    public Tensor select(int dimension, long index) {
        Objects.checkIndex(dimension, shape.rank());
        Objects.checkIndex(index, shape.dimension(dimension));
        Shape rest = Shape.of(Strides.without(shape.toArray(), dimension));
        long start = offset + index * strides[dimension];
        return new Tensor(dtype, rest, Strides.without(strides, dimension), start, memory, file);
    }

    /// The same elements under another shape; none at all makes a scalar. Copies nothing.
    ///
    /// @throws IllegalArgumentException if the shape has another number of elements
    /// @throws IllegalStateException if the tensor is not [contiguous][#isContiguous()]
    public Tensor reshape(long... dimensions) {
        Shape other = Shape.of(dimensions);
        if (other.elementCount() != shape.elementCount()) {
            throw new IllegalArgumentException(
                    this + " has " + shape.elementCount() + " elements, shape " + other + " " + other.elementCount());
        }
        if (!isContiguous()) {
            throw new IllegalStateException(this + " is a view with gaps: call contiguous() first");
        }
        return new Tensor(dtype, other, Strides.contiguous(other), offset, memory, file);
    }

    /// Whether its elements lie in C order without gaps.
    public boolean isContiguous() {
        return shape.elementCount() == 0 || runs().single();
    }

    /// This tensor if it is contiguous, else a copy that is, outside the heap, freed when it is garbage.
    public Tensor contiguous() {
        if (isContiguous() && (offset * dtype.bits() & 7) == 0) {
            return this;
        }
        MemorySegment copy = Arena.ofAuto().allocate(byteSize());
        copyTo(copy);
        return of(dtype, shape, copy);
    }

    /// The same values as a dtype that [holds][DType#holds(DType)] each of them: a copy outside the heap, freed when it
    /// is garbage, or this tensor if it has that dtype.
    ///
    /// @throws UnsupportedOperationException if the dtype does not hold every value that a tensor of this dtype may
    /// have
    public Tensor widen(DType wider) {
        if (wider == dtype) {
            return this;
        }
        if (!wider.holds(dtype)) {
            throw new UnsupportedOperationException(wider + " does not hold all values of " + dtype);
        }
        MemorySegment copy = Arena.ofAuto().allocate(wider.byteSize(shape.elementCount()));
        Widening.write(contiguous().reshape(shape.elementCount()), wider, copy);
        return of(wider, shape, copy);
    }

    /// Such as `F32 [2, 3]`.
    @Override
    public String toString() {
        return dtype + " " + shape;
    }

    /// Its gap-free runs; none of these if it is empty.
    Runs runs() {
        return new Runs(shape.toArray(), strides, offset);
    }

    /// The memory behind it, in which [#runs()] count elements.
    MemorySegment memory() {
        return memory;
    }

    private void copyTo(MemorySegment target) {
        if (shape.elementCount() == 0) {
            return;
        }
        int bits = dtype.bits();
        guarded(() -> {
            Runs runs = runs();
            for (long at = 0; runs.next(); at += runs.length()) {
                BitCopy.copy(memory, runs.from() * bits, target, at * bits, runs.length() * bits);
            }
            return this;
        });
    }

    private long element(long[] index) {
        if (index.length != shape.rank()) {
            throw new IndexOutOfBoundsException(
                    index.length + " indices for a tensor of rank " + shape.rank() + ": " + this);
        }
        long element = offset;
        for (int d = 0; d < index.length; d++) {
            element += Objects.checkIndex(index[d], shape.dimension(d)) * strides[d];
        }
        return element;
    }

    private int arrayLength() {
        long count = shape.elementCount();
        if (count > MAX_ARRAY_LENGTH) {
            throw tooLarge(count + " elements");
        }
        return (int) count;
    }

    private IllegalStateException tooLarge(String size) {
        return new IllegalStateException(
                this + " has " + size + ", more than an array can hold: take parts with slice(), or data()");
    }

    private void requireBoolean() {
        if (dtype != DType.BOOL) {
            throw new UnsupportedOperationException(dtype + " values cannot be read as booleans");
        }
    }

    private int exactInt(long value) {
        // A negative U64 is one above 2^63-1.
        if ((int) value != value || (dtype == DType.U64 && value < 0)) {
            throw new ArithmeticException(
                    this + ": " + (dtype == DType.U64 ? Long.toUnsignedString(value) : value) + " is no int");
        }
        return (int) value;
    }

    private <T> T guarded(Supplier<T> access) {
        try {
            T result = access.get();
            if (memory.isMapped()) {
                MappedFaults.deliver();
            }
            return result;
        } catch (InternalError e) {
            throw new UncheckedIOException(fileCut(e));
        }
    }

    /// The JDK's answer to a fault in mapped memory is an InternalError; this is ours.
    FileChangedException fileCut(InternalError fault) {
        FileChangedException changed = new FileChangedException(
                file == null ? "a mapped file" : file, "it was cut while it was mapped: " + this + " is gone");
        changed.initCause(fault);
        return changed;
    }
}
