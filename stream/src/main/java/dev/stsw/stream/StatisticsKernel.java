package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/**
 * The loops behind {@link Statistics}. Elements are copied to arrays first: a mapped file that is cut surfaces in the
 * copy, while a loop over mapped memory that the compiler vectorised would take the virtual machine down.
 *
 * <p>Types of 8 and 16 bits have so few values that counting each of them is quicker than computing.
 */
final class StatisticsKernel {
    private static final int CHUNK = 4096;
    /** Fewer elements of 16 bits are not worth a walk through all counts. */
    private static final int COUNTED_FROM = 1 << 14;

    private final short[] shorts = new short[CHUNK];
    private final byte[] bytes = new byte[CHUNK];
    private final FloatChunk floats = new FloatChunk(CHUNK);
    private final DoubleChunk doubles = new DoubleChunk(CHUNK);
    /** In bytes: an int counts all elements of 4 bits in so many. */
    private static final int MOST_COUNTED = 1 << 29;

    private final CodeCounts codes = new CodeCounts();

    /** Adds whole elements; takes all of them. */
    void add(DType dtype, ByteBuffer elements, Statistics to) {
        switch (dtype) {
            case F32 -> addFloats(elements.asIntBuffer(), elements.asFloatBuffer(), to);
            case F64 -> addDoubles(elements.asLongBuffer(), elements.asDoubleBuffer(), to);
            case F16, BF16, I16, U16 -> addShorts(elements.asShortBuffer(), CodeValues.of(dtype), to);
            case I32, U32 -> addInts(elements.asIntBuffer(), dtype == DType.U32 ? 0xffffffffL : -1, to);
            case I64, U64 -> addLongs(elements.asLongBuffer(), dtype == DType.U64, to);
            case C64 -> addPairs(elements.asFloatBuffer(), to);
            default -> addBytes(elements, dtype, to);
        }
    }

    private void addFloats(IntBuffer bits, FloatBuffer values, Statistics to) {
        while (bits.hasRemaining()) {
            int count = Math.min(CHUNK, bits.remaining());
            bits.get(floats.bits, 0, count);
            values.get(floats.values, 0, count);
            floats.add(count, to);
        }
    }

    private void addDoubles(LongBuffer bits, DoubleBuffer values, Statistics to) {
        while (bits.hasRemaining()) {
            int count = Math.min(CHUNK, bits.remaining());
            bits.get(doubles.bits, 0, count);
            values.get(doubles.values, 0, count);
            doubles.add(count, to);
        }
    }

    private void addShorts(ShortBuffer elements, float[] values, Statistics to) {
        boolean counted = elements.remaining() >= COUNTED_FROM;
        while (elements.hasRemaining()) {
            int count = Math.min(CHUNK, elements.remaining());
            elements.get(shorts, 0, count);
            if (counted) {
                codes.add(shorts, count);
            } else {
                floats.widen(shorts, count, values);
                floats.add(count, to);
            }
        }
        if (counted) {
            codes.moveTo(to, values);
        }
    }

    private void addBytes(ByteBuffer elements, DType dtype, Statistics to) {
        while (elements.remaining() > MOST_COUNTED) {
            addBytes(elements.slice(elements.position(), MOST_COUNTED), dtype, to);
            elements.position(elements.position() + MOST_COUNTED);
        }
        while (elements.hasRemaining()) {
            int count = Math.min(CHUNK, elements.remaining());
            elements.get(bytes, 0, count);
            codes.add(bytes, count);
        }
        codes.join();
        if (dtype == DType.F4) {
            codes.split();
        }
        codes.moveTo(to, CodeValues.of(dtype));
    }

    private void addInts(IntBuffer elements, long mask, Statistics to) {
        while (elements.hasRemaining()) {
            int count = Math.min(CHUNK, elements.remaining());
            elements.get(floats.bits, 0, count);
            for (int i = 0; i < count; i++) {
                doubles.values[i] = floats.bits[i] & mask;
            }
            doubles.addFinite(count, to);
        }
    }

    private void addLongs(LongBuffer elements, boolean unsigned, Statistics to) {
        while (elements.hasRemaining()) {
            int count = Math.min(CHUNK, elements.remaining());
            elements.get(doubles.bits, 0, count);
            long flip = unsigned ? Long.MIN_VALUE : 0;
            long min = Long.MAX_VALUE;
            long max = Long.MIN_VALUE;
            for (int i = 0; i < count; i++) {
                long value = doubles.bits[i];
                min = Math.min(min, value ^ flip);
                max = Math.max(max, value ^ flip);
                doubles.values[i] = unsigned ? Elements.unsignedToDouble(value) : value;
            }
            to.addIntegers(min, max);
            doubles.addFinite(count, to);
        }
    }

    private void addPairs(FloatBuffer halves, Statistics to) {
        while (halves.hasRemaining()) {
            int count = Math.min(CHUNK, halves.remaining());
            halves.get(floats.values, 0, count);
            floats.addPairs(count / 2, to);
        }
    }
}
