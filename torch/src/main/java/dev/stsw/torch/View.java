package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.util.Arrays;
import java.util.Objects;

/** A tensor as torch keeps it: elements of a storage, picked by strides. Checked by {@link Rebuild} to lie inside. */
final class View {
    private static final ElementType COMPONENT = new ElementType("float64", Double.BYTES, DType.F64);

    private final Blob storage;
    private final ElementType type;
    private final DType dtype;
    private final long start;
    private final long[] sizes;
    private final long[] strides;
    private final ElementFix fix;

    private final boolean halves;
    private final boolean rounded;

    View(Blob storage, ElementType type, DType dtype, long start, long[] sizes, long[] strides, ElementFix fix) {
        this(storage, type, dtype, start, sizes, strides, fix, false, false);
    }

    private View(
            Blob storage,
            ElementType type,
            DType dtype,
            long start,
            long[] sizes,
            long[] strides,
            ElementFix fix,
            boolean halves,
            boolean rounded) {
        this.halves = halves;
        this.rounded = rounded;
        this.storage = storage;
        this.type = type;
        this.dtype = dtype;
        this.start = start;
        this.sizes = sizes;
        this.strides = strides;
        this.fix = fix;
    }

    /** The bytes of the storage. */
    Blob storage() {
        return storage;
    }

    ElementType type() {
        return type;
    }

    /** The element type in safetensors. */
    DType dtype() {
        return dtype;
    }

    /** Where the first element is, bytes from the start of the storage. */
    long start() {
        return start;
    }

    /** Number of dimensions. */
    int rank() {
        return sizes.length;
    }

    /** Elements in one dimension. */
    long size(int dimension) {
        return sizes[dimension];
    }

    /** Elements from one to the next in one dimension. Of a dimension of one element it may be anything. */
    long stride(int dimension) {
        return strides[dimension];
    }

    /** What to do to the bytes of each element. */
    ElementFix fix() {
        return fix;
    }

    /** Number of elements; fits, because the constructor's caller multiplied exactly. */
    long elements() {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        return count;
    }

    long byteSize() {
        return elements() * type.bytes();
    }

    /** In safetensors: of rounded pairs the numbers that they make, and its F4 counts halves of a byte where torch counts bytes. */
    Shape shape() {
        return Shape.of(rounded ? Arrays.copyOf(sizes, sizes.length - 1) : inSafetensors(dtype, sizes));
    }

    static long[] inSafetensors(DType dtype, long[] sizes) {
        long[] dimensions = sizes.clone();
        if (dtype == DType.F4) {
            dimensions[dimensions.length - 1] *= 2;
        }
        return dimensions;
    }

    /** Bytes from the start of the storage to the end of the last element; {@link #start} if there is none. */
    long end() {
        if (elements() == 0) {
            return start;
        }
        long last = 0;
        for (int i = 0; i < sizes.length; i++) {
            last += (sizes[i] - 1) * strides[i];
        }
        return start + (last + 1) * type.bytes();
    }

    /** Elements of {@code half}, which are the upper halves of the little-endian ones here. */
    View upperHalves(ElementType half) {
        long[] doubled = strides.clone();
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] *= 2;
        }
        DType halfType = Objects.requireNonNull(half.dtype());
        return new View(storage, half, halfType, start + half.bytes(), sizes, doubled, fix, true, false);
    }

    /** Complex numbers of 16 bytes as pairs of their components, which are to be rounded to F32, and make C64. */
    View roundedPairs() {
        long[] pairs = Arrays.copyOf(sizes, sizes.length + 1);
        long[] steps = Arrays.copyOf(strides, sizes.length + 1);
        for (int i = 0; i < sizes.length; i++) {
            steps[i] *= 2;
        }
        pairs[sizes.length] = 2;
        steps[sizes.length] = 1;
        return new View(storage, COMPONENT, DType.C64, start, pairs, steps, fix, false, true);
    }

    /** Whether elements are F64, and are given out as F32. */
    boolean isRounded() {
        return rounded;
    }

    /** A list as a tensor of so many dimensions, of which all but one are 1. */
    View along(int dimension, int rank) {
        long[] newSizes = new long[rank];
        Arrays.fill(newSizes, 1);
        newSizes[dimension] = sizes[0];
        long[] newStrides = new long[rank];
        newStrides[dimension] = strides[0];
        return new View(storage, type, dtype, start, newSizes, newStrides, fix);
    }

    /** Whether elements are halves of those in the storage, of which the others must be zero. */
    boolean areHalves() {
        return halves;
    }

    /** The same with its dimensions in another order: the {@code i}-th is the one that was {@code order[i]}. */
    View transposed(int[] order) {
        long[] newSizes = new long[order.length];
        long[] newStrides = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            newSizes[i] = sizes[order[i]];
            newStrides[i] = strides[order[i]];
        }
        return new View(storage, type, dtype, start, newSizes, newStrides, fix);
    }

    /** A box of it. */
    View part(long[] from, long[] size) {
        long first = 0;
        for (int i = 0; i < from.length; i++) {
            first += from[i] * strides[i];
        }
        return new View(storage, type, dtype, start + first * type.bytes(), size, strides, fix);
    }

    /** Whether its bytes can be given out as they lie. */
    boolean isPlain() {
        return fix.isNone() && isContiguous();
    }

    private boolean isContiguous() {
        long expected = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            if (sizes[i] != 1) {
                if (strides[i] != expected) {
                    return elements() == 0;
                }
                expected *= sizes[i];
            }
        }
        return true;
    }
}
