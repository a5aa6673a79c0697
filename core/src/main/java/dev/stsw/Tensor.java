package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.lang.foreign.MemorySegment;

/// An immutable view of a tensor's values: dtype, shape, and strides over little-endian memory.
@SuppressWarnings("DoNotCallSuggester")
public final class Tensor {
    private Tensor() {}

    /// F32. Like all of these, copies nothing, and without dimensions makes a vector of all values.
    public static Tensor of(float[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// F64.
    public static Tensor of(double[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// I64.
    public static Tensor of(long[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// I32.
    public static Tensor of(int[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// I16.
    public static Tensor of(short[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// I8.
    public static Tensor of(byte[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// BOOL.
    public static Tensor of(boolean[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// A floating-point tensor of another dtype, rounded to nearest, ties to even.
    public static Tensor of(DType dtype, float[] values, long... shape) {
        throw new UnsupportedOperationException();
    }

    /// Little-endian bytes in C order, not copied.
    public static Tensor of(DType dtype, Shape shape, MemorySegment data) {
        throw new UnsupportedOperationException();
    }

    /// The type of its elements.
    public DType dtype() {
        throw new UnsupportedOperationException();
    }

    /// Its dimensions.
    public Shape shape() {
        throw new UnsupportedOperationException();
    }

    /// Size of its elements in bytes.
    public long byteSize() {
        throw new UnsupportedOperationException();
    }

    /// Its bytes, little-endian, C order, read-only.
    ///
    /// @throws IllegalStateException if the tensor is not contiguous
    public MemorySegment data() {
        throw new UnsupportedOperationException();
    }

    /// One element as a float.
    public float getFloat(long... index) {
        throw new UnsupportedOperationException();
    }

    /// One element as a double.
    public double getDouble(long... index) {
        throw new UnsupportedOperationException();
    }

    /// One element of an integer tensor.
    public long getLong(long... index) {
        throw new UnsupportedOperationException();
    }

    /// One element of an integer tensor, if an int can hold it.
    public int getInt(long... index) {
        throw new UnsupportedOperationException();
    }

    /// One element of a BOOL tensor.
    public boolean getBoolean(long... index) {
        throw new UnsupportedOperationException();
    }

    /// All elements as floats, C order.
    public float[] toFloatArray() {
        throw new UnsupportedOperationException();
    }

    /// All elements as doubles, C order.
    public double[] toDoubleArray() {
        throw new UnsupportedOperationException();
    }

    /// All elements of an integer tensor, C order.
    public long[] toLongArray() {
        throw new UnsupportedOperationException();
    }

    /// All elements of an integer tensor, C order, if ints can hold them.
    public int[] toIntArray() {
        throw new UnsupportedOperationException();
    }

    /// All elements of a BOOL tensor, C order.
    public boolean[] toBooleanArray() {
        throw new UnsupportedOperationException();
    }

    /// The raw little-endian bytes, C order, of any dtype.
    public byte[] toByteArray() {
        throw new UnsupportedOperationException();
    }

    /// The part of one dimension from `from` to `to`, exclusive; copies nothing.
    public Tensor slice(int dimension, long from, long to) {
        throw new UnsupportedOperationException();
    }

    /// One index of one dimension, which disappears; copies nothing.
    public Tensor select(int dimension, long index) {
        throw new UnsupportedOperationException();
    }

    /// The same elements under another shape; of contiguous tensors.
    public Tensor reshape(long... shape) {
        throw new UnsupportedOperationException();
    }

    /// Whether its elements lie in C order without gaps.
    public boolean isContiguous() {
        throw new UnsupportedOperationException();
    }

    /// This tensor if contiguous, else a contiguous copy in the heap or outside of it.
    public Tensor contiguous() {
        throw new UnsupportedOperationException();
    }
}
