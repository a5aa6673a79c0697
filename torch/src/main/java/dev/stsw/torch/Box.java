package dev.stsw.torch;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A part of a tensor: from {@code offset} on, {@code size} elements, in each dimension. */
final class Box {
    private final long[] offset;
    private final long[] size;

    /** Takes the arrays over: of the same length, nothing negative, sums within 64 bits. */
    Box(long[] offset, long[] size) {
        this.offset = offset;
        this.size = size;
    }

    /** All of a tensor. */
    static Box all(long[] shape) {
        return new Box(new long[shape.length], shape);
    }

    int rank() {
        return size.length;
    }

    long from(int dimension) {
        return offset[dimension];
    }

    /** Exclusive. */
    long to(int dimension) {
        return offset[dimension] + size[dimension];
    }

    long size(int dimension) {
        return size[dimension];
    }

    /** Elements; fits where the box lies in a tensor whose elements were counted exactly. */
    long elements() {
        long count = 1;
        for (long one : size) {
            count *= one;
        }
        return count;
    }

    boolean isInside(long[] shape) {
        return shape.length == rank()
                && IntStream.range(0, rank()).allMatch(i -> offset[i] <= shape[i] && size[i] <= shape[i] - offset[i]);
    }

    boolean contains(long[] point) {
        return IntStream.range(0, rank()).allMatch(i -> from(i) <= point[i] && point[i] < to(i));
    }

    boolean overlaps(Box other) {
        for (int i = 0; i < rank(); i++) {
            if (from(i) >= other.to(i) || other.from(i) >= to(i)) {
                return false;
            }
        }
        return true;
    }

    /** The first element of it in C order, in a tensor of that shape. */
    long first(long[] shape) {
        long index = 0;
        for (int i = 0; i < rank(); i++) {
            index = index * shape[i] + offset[i];
        }
        return index;
    }

    /** The last element of it in C order, in a tensor of that shape. */
    long last(long[] shape) {
        long index = 0;
        for (int i = 0; i < rank(); i++) {
            index = index * shape[i] + to(i) - 1;
        }
        return index;
    }

    /** Whether its elements are neighbours in C order. */
    boolean isRun(long[] shape) {
        return last(shape) - first(shape) + 1 == elements();
    }

    List<Long> offset() {
        return Arrays.stream(offset).boxed().toList();
    }

    /** As Python slices it: {@code [0:4, 2:3]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < rank(); i++) {
            text.append(i == 0 ? "" : ", ").append(from(i)).append(':').append(to(i));
        }
        return text.append(']').toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Box box && Arrays.equals(offset, box.offset) && Arrays.equals(size, box.size);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(offset) + Arrays.hashCode(size);
    }
}
