package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.util.Objects;

/** A tensor as torch keeps it: elements of a storage, picked by strides. Checked by {@link Rebuild} to lie inside. */
final class View {
    private final Blob storage;
    private final ElementType type;
    private final DType dtype;
    private final long start;
    private final long[] sizes;
    private final long[] strides;
    private final ElementFix fix;

    private final boolean halves;

    View(Blob storage, ElementType type, DType dtype, long start, long[] sizes, long[] strides, ElementFix fix) {
        this(storage, type, dtype, start, sizes, strides, fix, false);
    }

    private View(
            Blob storage,
            ElementType type,
            DType dtype,
            long start,
            long[] sizes,
            long[] strides,
            ElementFix fix,
            boolean halves) {
        this.halves = halves;
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

    /** In safetensors. Its F4 counts halves of a byte where torch counts bytes. */
    Shape shape() {
        return Shape.of(inSafetensors(dtype, sizes));
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
        return new View(storage, half, halfType, start + half.bytes(), sizes, doubled, fix, true);
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
