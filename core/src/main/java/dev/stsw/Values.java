package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.stream.Narrowing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/// Java's values as the bytes of a tensor's elements.
final class Values {
    private Values() {}

    /// The shape of an array: these dimensions, or without any, that of a vector.
    ///
    /// @throws IllegalArgumentException if the shape has another number of elements
    static Shape shape(long length, long[] dimensions) {
        Shape shape = dimensions.length == 0 ? Shape.of(length) : Shape.of(dimensions);
        if (shape.elementCount() != length) {
            throw new IllegalArgumentException(
                    "shape " + shape + " has " + shape.elementCount() + " elements, the array " + length);
        }
        return shape;
    }

    /// The bits of elements that an array holds, of the dtype's width.
    static MemorySegment bits(DType dtype, MemorySegment values, int width) {
        if (dtype.bits() != 8 * width) {
            throw new IllegalArgumentException(
                    "elements of " + dtype + " have " + dtype.bits() + " bits, those of the array " + 8 * width);
        }
        return Layouts.littleEndian(values, width);
    }

    static MemorySegment of(boolean[] values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return MemorySegment.ofArray(bytes);
    }

    static MemorySegment of(DType dtype, float[] values) {
        if (!Narrowing.supports(dtype)) {
            throw new UnsupportedOperationException("floats cannot be rounded to " + dtype);
        }
        byte[] bytes = new byte[Math.toIntExact(dtype.byteSize(values.length))];
        Narrowing.write(dtype, values, 0, values.length, ByteBuffer.wrap(bytes));
        return MemorySegment.ofArray(bytes);
    }

    /// @throws ArithmeticException if one is out of the dtype's range
    static MemorySegment of(DType dtype, long[] values) {
        int width = dtype.bits() / 8;
        if (!isInteger(dtype)) {
            throw new UnsupportedOperationException("longs are no elements of " + dtype);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, width)]);
        for (int i = 0; i < values.length; i++) {
            requireInRange(dtype, values[i]);
            switch (width) {
                case 1 -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
                case 2 -> bytes.set(Layouts.SHORT, 2L * i, (short) values[i]);
                case 4 -> bytes.set(Layouts.INT, 4L * i, (int) values[i]);
                default -> bytes.set(Layouts.LONG, 8L * i, values[i]);
            }
        }
        return bytes;
    }

    /// An integer as one element, rounded where the dtype is one of floating-point numbers.
    static MemorySegment scalar(DType dtype, long value) {
        return isInteger(dtype) ? of(dtype, new long[] {value}) : floating(dtype, (double) value, (float) value);
    }

    /// A number as one element, rounded where the dtype is narrower.
    ///
    /// @throws ArithmeticException if the dtype is one of integers, and the number is none of them
    static MemorySegment scalar(DType dtype, double value) {
        if (!isInteger(dtype)) {
            return floating(dtype, value, (float) value);
        }
        // 2^63 and above, as which U64 has integers, would become 2^63-1.
        if (value != (long) value || value == 0x1p63) {
            throw new ArithmeticException(value + " is no " + dtype);
        }
        return of(dtype, new long[] {(long) value});
    }

    private static MemorySegment floating(DType dtype, double value, float rounded) {
        return switch (dtype) {
            case F64 -> Layouts.littleEndian(MemorySegment.ofArray(new double[] {value}), Double.BYTES);
            case C64 -> Layouts.littleEndian(MemorySegment.ofArray(new float[] {rounded, 0}), Float.BYTES);
            default -> of(dtype, new float[] {rounded});
        };
    }

    private static boolean isInteger(DType dtype) {
        return switch (dtype) {
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> true;
            default -> false;
        };
    }

    private static void requireInRange(DType dtype, long value) {
        boolean fits = switch (dtype) {
            case BOOL -> value == 0 || value == 1;
            case I8 -> value == (byte) value;
            case U8 -> value == (value & 0xff);
            case I16 -> value == (short) value;
            case U16 -> value == (value & 0xffff);
            case I32 -> value == (int) value;
            case U32 -> value == (value & 0xffffffffL);
            // Java's longs hold U64 as the same bits.
            default -> true;
        };
        if (!fits) {
            throw new ArithmeticException(value + " is no " + dtype);
        }
    }
}
