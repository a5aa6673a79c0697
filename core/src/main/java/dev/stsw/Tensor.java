package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.FileChangedException;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.MappedFaults;
import dev.stsw.stream.Elements;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// A view of a tensor's values: dtype, shape, and strides over little-endian memory. Immutable, as far as the memory
/// is; any number of threads may use one.
///
/// Values of all 22 dtypes: integers and BOOL as numbers of any kind, floating-point types as floats and doubles (F4
/// and F6 are packed from each byte's lowest bit on), C64 as pairs of F32 by [#viewAsReal()]. What cuts
/// ([#slice(Index...)], [#select(int, long)], [#permute(int...)]) follows NumPy's rules and copies nothing.
///
/// A tensor of a [StreamReader] is valid as long as the reader is open. If its mapped file is cut meanwhile by someone
/// else, the methods that look at values throw [UncheckedIOException] with a [FileChangedException] as its cause.
public final class Tensor {
    /// Some virtual machines cannot make arrays of the last few lengths below 2^31.
    private static final long MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private final DType dtype;
    private final View view;
    private final MemorySegment memory;
    private final SegmentElements elements;
    /// Where it comes from, for messages.
    private final @Nullable Origin origin;

    /// A tensor of a file.
    record Origin(String file, String tensor) {
        @Override
        public String toString() {
            return "tensor " + TensorSpec.quote(tensor) + " of " + file;
        }
    }

    private Tensor(DType dtype, View view, MemorySegment memory, @Nullable Origin origin) {
        this.dtype = dtype;
        this.view = view;
        this.memory = memory;
        this.elements = new SegmentElements(memory);
        this.origin = origin;
    }

    /// F32. The array is not copied; without dimensions, it is a vector of all values.
    ///
    /// @throws IllegalArgumentException if the shape has not as many elements as the array, as in all of these methods
    public static Tensor of(float[] values, long... shape) {
        return raw(DType.F32, MemorySegment.ofArray(values), Float.BYTES, shape);
    }

    /// F64. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(double[] values, long... shape) {
        return raw(DType.F64, MemorySegment.ofArray(values), Double.BYTES, shape);
    }

    /// I64. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(long[] values, long... shape) {
        return raw(DType.I64, values, shape);
    }

    /// I32. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(int[] values, long... shape) {
        return raw(DType.I32, values, shape);
    }

    /// I16. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(short[] values, long... shape) {
        return raw(DType.I16, values, shape);
    }

    /// I8. The array is not copied; without dimensions, it is a vector of all values.
    public static Tensor of(byte[] values, long... shape) {
        return raw(DType.I8, values, shape);
    }

    /// BOOL, one byte an element. Without dimensions, a vector of all values.
    public static Tensor of(boolean[] values, long... shape) {
        return of(DType.BOOL, Values.shape(values.length, shape), Values.of(values));
    }

    /// A floating-point tensor of another dtype, rounded as
    /// [dev.stsw.stream.TensorSources#cast(dev.stsw.format.TensorSource, DType,
    /// java.util.function.Consumer)] says. Without dimensions, a vector of all values.
    ///
    /// @throws UnsupportedOperationException if floats cannot be rounded to the dtype: F32, F64, F16, BF16 and the F8
    ///     types can be
    public static Tensor of(DType dtype, float[] values, long... shape) {
        return of(dtype, Values.shape(values.length, shape), Values.of(dtype, values));
    }

    /// A tensor of integers of any dtype, or of BOOL as 0 and 1. Without dimensions, a vector of all values; those of
    /// U64 above 2^63-1 are negative numbers with the same bits.
    ///
    /// @throws ArithmeticException if the dtype does not have one of them
    /// @throws UnsupportedOperationException if the dtype is another
    public static Tensor of(DType dtype, long[] values, long... shape) {
        return of(dtype, Values.shape(values.length, shape), Values.of(dtype, values));
    }

    /// C64: real and imaginary parts in turn. Without dimensions, a vector of as many elements as there are pairs.
    ///
    /// @throws IllegalArgumentException if a part is without the other
    public static Tensor complex(float[] pairs, long... shape) {
        if (pairs.length % 2 != 0) {
            throw new IllegalArgumentException(pairs.length + " numbers are no pairs");
        }
        MemorySegment bytes = Layouts.littleEndian(MemorySegment.ofArray(pairs), Float.BYTES);
        return of(DType.C64, Values.shape(pairs.length / 2, shape), bytes);
    }

    /// One element without dimensions. A floating-point dtype rounds it as [#of(DType, float\[\], long...)] does; C64
    /// gets it as the real part.
    ///
    /// @throws ArithmeticException if the dtype is one of integers and does not have it
    /// @throws UnsupportedOperationException if the dtype is F4 or F6, of which one element is no whole byte
    public static Tensor scalar(DType dtype, double value) {
        return of(dtype, Shape.of(), Values.scalar(dtype, value));
    }

    /// One element without dimensions, exact in a dtype of integers, else as [#scalar(DType, double)].
    ///
    /// @throws ArithmeticException if the dtype is one of integers and does not have it; of U64 it takes all bits
    /// @throws UnsupportedOperationException if the dtype is F4 or F6, of which one element is no whole byte
    public static Tensor scalar(DType dtype, long value) {
        return of(dtype, Shape.of(), Values.scalar(dtype, value));
    }

    /// Elements of any dtype as their bytes, little-endian, C order. The array is not copied; without dimensions, it is
    /// a vector.
    ///
    /// @throws IllegalArgumentException if the bytes are no whole elements, or not as many as the shape has
    public static Tensor raw(DType dtype, byte[] bytes, long... shape) {
        long bits = 8L * bytes.length;
        if (bits % dtype.bits() != 0) {
            throw new IllegalArgumentException(bytes.length + " bytes are no whole elements of " + dtype);
        }
        return of(dtype, Values.shape(bits / dtype.bits(), shape), MemorySegment.ofArray(bytes));
    }

    /// Elements of a dtype of 16 bits as their bits: U16, and F16 and BF16, which Java holds that way. The array is not
    /// copied; without dimensions, it is a vector.
    ///
    /// @throws IllegalArgumentException if the dtype has another width, or the shape not as many elements
    public static Tensor raw(DType dtype, short[] bits, long... shape) {
        return raw(dtype, MemorySegment.ofArray(bits), Short.BYTES, shape);
    }

    /// Elements of a dtype of 32 bits as their bits. The array is not copied; without dimensions, it is a vector.
    ///
    /// @throws IllegalArgumentException if the dtype has another width, or the shape not as many elements
    public static Tensor raw(DType dtype, int[] bits, long... shape) {
        return raw(dtype, MemorySegment.ofArray(bits), Integer.BYTES, shape);
    }

    /// Elements of a dtype of 64 bits as their bits. The array is not copied; without dimensions, it is a vector.
    ///
    /// @throws IllegalArgumentException if the dtype has another width, or the shape not as many elements
    public static Tensor raw(DType dtype, long[] bits, long... shape) {
        return raw(dtype, MemorySegment.ofArray(bits), Long.BYTES, shape);
    }

    private static Tensor raw(DType dtype, MemorySegment values, int width, long[] shape) {
        Shape dimensions = Values.shape(values.byteSize() / width, shape);
        return of(dtype, dimensions, Values.bits(dtype, values, width));
    }

    /// Little-endian elements in C order, not copied; the tensor is valid as long as the memory.
    ///
    /// @throws IllegalArgumentException if the memory is not exactly as large as dtype and shape ask for
    public static Tensor of(DType dtype, Shape shape, MemorySegment data) {
        return of(dtype, shape, data, null);
    }

    /// As above, with where the memory comes from.
    static Tensor of(DType dtype, Shape shape, MemorySegment data, @Nullable Origin origin) {
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
        return new Tensor(dtype, View.contiguous(shape), data.asReadOnly(), origin);
    }

    /// The type of its elements.
    public DType dtype() {
        return dtype;
    }

    /// Its dimensions, outermost first.
    public Shape shape() {
        return view.shape();
    }

    /// Size of its elements in bytes, without the gaps that a view may have between them.
    ///
    /// @throws ArithmeticException if it is a view of elements below 8 bits that do not end on a byte
    public long byteSize() {
        return dtype.byteSize(shape().elementCount());
    }

    /// Its bytes, little-endian, C order; read-only, not copied, valid as long as the tensor. If it maps a file that is
    /// cut meanwhile, accesses to it make the JDK throw [InternalError], or end the virtual machine: see
    /// [StreamReader].
    ///
    /// @throws IllegalStateException if the tensor is not [contiguous][#isContiguous()]
    public MemorySegment data() {
        if (view.isEmpty()) {
            return memory.asSlice(0, 0);
        }
        long bits = Math.multiplyExact(view.offset(), dtype.bits());
        if (!isContiguous() || (bits & 7) != 0) {
            throw new IllegalStateException(this + " is a view with gaps: call contiguous() first");
        }
        return memory.asSlice(bits >>> 3, byteSize());
    }

    /// One element of any type but C64. Rounded to nearest where a float cannot hold it, which the values of all
    /// types of up to 16 bits can.
    ///
    /// @param index one for each dimension, none of them negative
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is C64
    public float getFloat(long... index) {
        long element = element(index);
        try {
            float value = switch (dtype) {
                case F32 -> memory.get(Layouts.FLOAT, element * 4);
                case F16 -> Float.float16ToFloat(memory.get(Layouts.SHORT, element * 2));
                case BF16 -> Float.intBitsToFloat(memory.get(Layouts.SHORT, element * 2) << 16);
                default -> floatAt(element);
            };
            deliverFaults();
            return value;
        } catch (InternalError | IllegalStateException e) {
            throw fault(e);
        }
    }

    private float floatAt(long element) {
        float[] value = new float[1];
        elements.toFloats(dtype, element, value, 0, 1);
        return value[0];
    }

    /// One element of any type but C64. Rounded to nearest where a double cannot hold it: large I64 and U64.
    ///
    /// @param index one for each dimension, none of them negative
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is C64
    public double getDouble(long... index) {
        double[] value = new double[1];
        read(element(index), 1, (source, from, at, n) -> source.toDoubles(dtype, from, value, at, n));
        return value[0];
    }

    /// One element of an integer or BOOL tensor; U64 above 2^63-1 as the negative number with the same bits.
    ///
    /// @param index one for each dimension, none of them negative
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is another
    public long getLong(long... index) {
        long[] value = new long[1];
        read(element(index), 1, (source, from, at, n) -> source.toLongs(dtype, from, value, at, n));
        return value[0];
    }

    /// One element of an integer or BOOL tensor.
    ///
    /// @param index one for each dimension, none of them negative
    /// @throws ArithmeticException if an int cannot hold it
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is another
    public int getInt(long... index) {
        int[] value = new int[1];
        read(element(index), 1, (source, from, at, n) -> toInts(source, from, value, at, n));
        return value[0];
    }

    /// One element of a BOOL tensor: whether its byte is not 0.
    ///
    /// @param index one for each dimension, none of them negative
    /// @throws IndexOutOfBoundsException if there is not one index for each dimension, within it
    /// @throws UnsupportedOperationException if the dtype is another
    public boolean getBoolean(long... index) {
        requireBoolean();
        return getLong(index) != 0;
    }

    /// All elements in C order, converted as [#getFloat(long...)] does.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the dtype is C64: [#viewAsReal()] has its values
    public float[] toFloatArray() {
        float[] values = new float[arrayLength()];
        copyTo(values);
        return values;
    }

    /// All elements in C order, converted as [#getDouble(long...)] does.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the dtype is C64: [#viewAsReal()] has its values
    public double[] toDoubleArray() {
        double[] values = new double[arrayLength()];
        copyTo(values);
        return values;
    }

    /// All elements in C order, converted as [#getLong(long...)] does.
    ///
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the tensor is neither of integers nor BOOL
    public long[] toLongArray() {
        long[] values = new long[arrayLength()];
        copyTo(values);
        return values;
    }

    /// All elements in C order, converted as [#getInt(long...)] does.
    ///
    /// @throws ArithmeticException if an int cannot hold one of them
    /// @throws IllegalStateException if they are more than an array can hold: take slices
    /// @throws UnsupportedOperationException if the tensor is neither of integers nor BOOL
    public int[] toIntArray() {
        int[] values = new int[arrayLength()];
        copyTo(values);
        return values;
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

    /// Copies all elements in C order into an array, converted as [#getFloat(long...)] does. Makes no other array,
    /// where the dtype is F32 or has up to 16 bits and the elements are dense.
    ///
    /// @param target with exactly as many elements
    /// @throws IllegalArgumentException if it has another length
    /// @throws UnsupportedOperationException if the dtype is C64: [#viewAsReal()] has its values
    public void copyTo(float[] target) {
        requireLength(target.length);
        readAll(target.length, (source, from, at, n) -> source.toFloats(dtype, from, target, at, n));
    }

    /// Copies all elements in C order into an array, converted as [#getDouble(long...)] does.
    ///
    /// @param target with exactly as many elements
    /// @throws IllegalArgumentException if it has another length
    /// @throws UnsupportedOperationException if the dtype is C64: [#viewAsReal()] has its values
    public void copyTo(double[] target) {
        requireLength(target.length);
        readAll(target.length, (source, from, at, n) -> source.toDoubles(dtype, from, target, at, n));
    }

    /// Copies all elements in C order into an array, converted as [#getLong(long...)] does.
    ///
    /// @param target with exactly as many elements
    /// @throws IllegalArgumentException if it has another length
    /// @throws UnsupportedOperationException if the tensor is neither of integers nor BOOL
    public void copyTo(long[] target) {
        requireLength(target.length);
        readAll(target.length, (source, from, at, n) -> source.toLongs(dtype, from, target, at, n));
    }

    /// Copies all elements in C order into an array, converted as [#getInt(long...)] does.
    ///
    /// @param target with exactly as many elements
    /// @throws ArithmeticException if an int cannot hold one of them
    /// @throws IllegalArgumentException if it has another length
    /// @throws UnsupportedOperationException if the tensor is neither of integers nor BOOL
    public void copyTo(int[] target) {
        requireLength(target.length);
        readAll(target.length, (source, from, at, n) -> toInts(source, from, target, at, n));
    }

    /// Copies the bytes of any dtype, little-endian, C order, to the start of a segment; allocates nothing.
    ///
    /// @param target of [#byteSize()] bytes or more
    /// @throws IllegalArgumentException if it is smaller
    public void copyTo(MemorySegment target) {
        if (target.byteSize() < byteSize()) {
            throw new IllegalArgumentException(this + " has " + byteSize() + " bytes, the target " + target.byteSize());
        }
        if (view.isEmpty()) {
            return;
        }
        try {
            new Gather(memory, dtype.bits(), view.runs()).read(target, Long.MAX_VALUE);
            deliverFaults();
        } catch (InternalError | IllegalStateException e) {
            throw fault(e);
        }
    }

    /// Copies the elements of one index of the first dimension in C order into an array, converted as
    /// [#getFloat(long...)] does: `select(0, index).copyTo(target)` without the objects between.
    ///
    /// @param index from 0 on
    /// @param target with exactly as many elements as a row
    /// @throws IllegalArgumentException if it has another length
    /// @throws IndexOutOfBoundsException if there is no such row
    /// @throws UnsupportedOperationException if the tensor is a scalar, or the dtype C64
    public void readRow(long index, float[] target) {
        requireRows();
        long from;
        try {
            from = view.row(index);
        } catch (IndexOutOfBoundsException e) {
            throw named(e);
        }
        if (!view.hasDenseRows()) {
            select(0, index).copyTo(target);
            return;
        }
        long length = view.rowLength();
        if (length != target.length) {
            throw new IllegalArgumentException(
                    "a row of " + label() + " has " + length + " elements, the array " + target.length);
        }
        try {
            elements.toFloats(dtype, from, target, 0, target.length);
            deliverFaults();
        } catch (InternalError | IllegalStateException e) {
            throw fault(e);
        }
    }

    /// Its parts along the first dimension, which they do not have any more; copies nothing.
    ///
    /// @throws UnsupportedOperationException if the tensor is a scalar
    public Iterable<Tensor> rows() {
        requireRows();
        return () -> new Iterator<>() {
            private long next;

            @Override
            public boolean hasNext() {
                return next < shape().dimension(0);
            }

            @Override
            public Tensor next() {
                if (!hasNext()) {
                    throw new NoSuchElementException(label() + " has no more rows");
                }
                return select(0, next++);
            }
        };
    }

    /// What NumPy's `tensor[index, index, …]` takes; dimensions without an index stay whole. Copies nothing.
    ///
    /// @throws IllegalArgumentException if there is more than one [Index#rest()]
    /// @throws IndexOutOfBoundsException if there are more indices than dimensions, or an [Index#at(long)] is outside
    ///     of its dimension; ranges are cut
    public Tensor slice(Index... indices) {
        return slice(List.of(indices));
    }

    /// As [#slice(Index...)], with the indices as they stand between NumPy's brackets: `tensor.slice("1:3, ...,
    /// ::-1")`.
    ///
    /// @throws IllegalArgumentException if they are no indices
    /// @throws IndexOutOfBoundsException if there are more indices than dimensions, or one that is no range is outside
    ///     of its dimension
    public Tensor slice(String indices) {
        return slice(Index.parse(indices));
    }

    private Tensor slice(List<Index> indices) {
        try {
            return with(view.slice(indices));
        } catch (IndexOutOfBoundsException e) {
            throw named(e);
        }
    }

    /// The part of one dimension from index `from` to `to`, exclusive, cut to what is there, as NumPy does; copies
    /// nothing.
    ///
    /// @param dimension counts from the last one if it is negative, as in all of these methods
    /// @param from counts from the end if it is negative
    /// @param to counts from the end if it is negative
    /// @throws IndexOutOfBoundsException if there is no such dimension
    public Tensor slice(int dimension, long from, long to) {
        return cut(dimension, Index.range(from, to));
    }

    /// One index of one dimension, which disappears; copies nothing.
    ///
    /// @param index counts from the end if it is negative
    /// @throws IndexOutOfBoundsException if there is no such dimension or index
    public Tensor select(int dimension, long index) {
        return cut(dimension, Index.at(index));
    }

    private Tensor cut(int dimension, Index index) {
        try {
            Index[] indices = new Index[view.dimension(dimension) + 1];
            Arrays.fill(indices, Index.all());
            indices[indices.length - 1] = index;
            return with(view.slice(List.of(indices)));
        } catch (IndexOutOfBoundsException e) {
            throw named(e);
        }
    }

    /// Its dimensions in another order; copies nothing.
    ///
    /// @param dimensions each of them once
    /// @throws IllegalArgumentException if one is missing or stands twice
    /// @throws IndexOutOfBoundsException if there is no such dimension
    public Tensor permute(int... dimensions) {
        try {
            return with(view.permute(dimensions));
        } catch (IndexOutOfBoundsException e) {
            throw named(e);
        }
    }

    /// Its dimensions in reverse order, as NumPy's `T`; copies nothing.
    public Tensor transpose() {
        int rank = shape().rank();
        int[] dimensions = new int[rank];
        Arrays.setAll(dimensions, d -> rank - 1 - d);
        return permute(dimensions);
    }

    /// Two of its dimensions exchanged; copies nothing.
    ///
    /// @throws IndexOutOfBoundsException if there is no such dimension
    public Tensor transpose(int first, int second) {
        try {
            int[] dimensions = new int[shape().rank()];
            Arrays.setAll(dimensions, d -> d);
            dimensions[view.dimension(first)] = view.dimension(second);
            dimensions[view.dimension(second)] = view.dimension(first);
            return permute(dimensions);
        } catch (IndexOutOfBoundsException e) {
            throw named(e);
        }
    }

    /// The same elements under another shape; none at all makes a scalar. Copies nothing.
    ///
    /// @throws IllegalArgumentException if the shape has another number of elements
    /// @throws IllegalStateException if the tensor is not [contiguous][#isContiguous()]
    public Tensor reshape(long... dimensions) {
        Shape other = Shape.of(dimensions);
        if (other.elementCount() != shape().elementCount()) {
            throw new IllegalArgumentException(
                    this + " has " + shape().elementCount() + " elements, shape " + other + " " + other.elementCount());
        }
        if (!isContiguous()) {
            throw new IllegalStateException(this + " is a view with gaps: call contiguous() first");
        }
        return with(view.reshape(other));
    }

    /// A C64 tensor as F32 with one more dimension of 2 at the end: real part, imaginary part. Copies nothing.
    ///
    /// @throws UnsupportedOperationException if the dtype is another
    public Tensor viewAsReal() {
        if (dtype != DType.C64) {
            throw new UnsupportedOperationException(dtype + " values have no real and imaginary parts");
        }
        return new Tensor(DType.F32, view.pairs(), memory, origin);
    }

    private Tensor with(View other) {
        return new Tensor(dtype, other, memory, origin);
    }

    /// Whether its elements lie in C order without gaps.
    public boolean isContiguous() {
        return view.isContiguous();
    }

    /// This tensor if it is contiguous, else a copy that is, outside the heap, freed when it is garbage.
    public Tensor contiguous() {
        if (isContiguous() && (view.offset() * dtype.bits() & 7) == 0) {
            return this;
        }
        MemorySegment copy = Arena.ofAuto().allocate(byteSize());
        copyTo(copy);
        return of(dtype, shape(), copy);
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
        MemorySegment copy = Arena.ofAuto().allocate(wider.byteSize(shape().elementCount()));
        Widening.write(contiguous().reshape(shape().elementCount()), wider, copy);
        return of(wider, shape(), copy);
    }

    /// Such as `F32 [2, 3]`.
    @Override
    public String toString() {
        return dtype + " " + shape();
    }

    /// With its name and file, where it has them.
    private String label() {
        return origin == null ? toString() : origin + ", " + this;
    }

    /// Its runs; only if it is not empty.
    Runs runs() {
        return view.runs();
    }

    /// The memory behind it, in which [#runs()] count elements.
    MemorySegment memory() {
        return memory;
    }

    /// Takes elements and puts them, converted, into an array.
    @FunctionalInterface
    private interface Conversion {
        void convert(Elements source, long from, int at, int count);
    }

    private void readAll(int count, Conversion conversion) {
        if (count == 0) {
            return;
        }
        Runs runs = runs();
        if (runs.dense()) {
            for (int at = 0; runs.next(); at += (int) runs.length()) {
                read(runs.from(), at, (int) runs.length(), conversion);
            }
        } else {
            readApart(runs, conversion);
        }
    }

    private void read(long from, int count, Conversion conversion) {
        read(from, 0, count, conversion);
    }

    private void read(long from, int at, int count, Conversion conversion) {
        try {
            conversion.convert(elements, from, at, count);
            deliverFaults();
        } catch (InternalError | IllegalStateException e) {
            throw fault(e);
        }
    }

    /// Elements that lie apart are put side by side first, a chunk at a time.
    private void readApart(Runs runs, Conversion conversion) {
        Gather gather = new Gather(memory, dtype.bits(), runs);
        MemorySegment chunk = MemorySegment.ofArray(new byte[Gather.CHUNK * dtype.bits() / 8]);
        Elements dense = new SegmentElements(chunk);
        int at = 0;
        while (true) {
            int n;
            try {
                n = (int) gather.read(chunk, Gather.CHUNK);
                deliverFaults();
            } catch (InternalError | IllegalStateException e) {
                throw fault(e);
            }
            if (n == 0) {
                return;
            }
            conversion.convert(dense, 0, at, n);
            at += n;
        }
    }

    private void toInts(Elements source, long from, int[] target, int at, int count) {
        try {
            source.toInts(dtype, from, target, at, count);
        } catch (ArithmeticException e) {
            throw (ArithmeticException) new ArithmeticException(label() + ": " + e.getMessage()).initCause(e);
        }
    }

    private long element(long[] index) {
        try {
            return view.element(index);
        } catch (IndexOutOfBoundsException e) {
            throw named(e);
        }
    }

    private int arrayLength() {
        long count = shape().elementCount();
        if (count > MAX_ARRAY_LENGTH) {
            throw tooLarge(count + " elements");
        }
        return (int) count;
    }

    private void requireLength(int length) {
        if (length != shape().elementCount()) {
            throw new IllegalArgumentException(
                    label() + " has " + shape().elementCount() + " elements, the array " + length);
        }
    }

    private void requireRows() {
        if (shape().rank() == 0) {
            throw new UnsupportedOperationException(label() + " is a scalar: it has no rows");
        }
    }

    private IllegalStateException tooLarge(String size) {
        return new IllegalStateException(
                label() + " has " + size + ", more than an array can hold: take parts with slice(), or data()");
    }

    private void requireBoolean() {
        if (dtype != DType.BOOL) {
            throw new UnsupportedOperationException(dtype + " values cannot be read as booleans");
        }
    }

    private IndexOutOfBoundsException named(IndexOutOfBoundsException e) {
        return new IndexOutOfBoundsException(label() + ": " + e.getMessage());
    }

    private void deliverFaults() {
        if (memory.isMapped()) {
            MappedFaults.deliver();
        }
    }

    private RuntimeException fault(Throwable e) {
        if (e instanceof InternalError error) {
            return new UncheckedIOException(fileCut(error));
        }
        return memory.scope().isAlive()
                ? (IllegalStateException) e
                : new IllegalStateException(label() + ": its memory is gone, the reader or arena is closed", e);
    }

    /// The JDK's answer to a fault in mapped memory is an InternalError; this is ours.
    FileChangedException fileCut(InternalError fault) {
        FileChangedException changed = new FileChangedException(
                origin == null ? "a mapped file" : origin.file(),
                "it was cut while it was mapped: " + (origin == null ? "" : TensorSpec.quote(origin.tensor()) + ", ")
                        + this + " is gone");
        changed.initCause(fault);
        return changed;
    }
}
