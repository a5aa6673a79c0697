package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;

/**
 * How the elements of an array lie one after the other.
 *
 * @param type of the elements
 * @param shape as they lie: in C order the last dimension varies fastest, in Fortran's the first
 * @param fortranOrder which of the two it is
 */
record NumpyLayout(NumpyType type, Shape shape, boolean fortranOrder) {

    /** The array as a tensor; its elements must take all bytes of {@code array} from {@code start} on. */
    View view(Blob array, int start) throws CheckpointException {
        return view(array, start, false);
    }

    /** @param widen whether complex128 is given out as C64, and not refused */
    View view(Blob array, int start, boolean widen) throws CheckpointException {
        ElementType element = type.type();
        if (element.dtype() == null && !widen) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "is of dtype " + element.name()
                            + ", complex numbers of 16 bytes, for which safetensors has no form");
        }
        DType dtype = element.dtype() == null ? DType.C64 : element.dtype();
        long size;
        try {
            size = Math.multiplyExact(new TensorSpec("", dtype, shape).byteSize(), element.dtype() == null ? 2 : 1);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new CheckpointException(Kind.CORRUPT, "makes no tensor: " + e.getMessage());
        }
        long found = array.size() - start;
        if (size != found) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    "takes " + Long.toUnsignedString(size) + " bytes as " + element.name() + " " + shape + ", but "
                            + found + " follow its header");
        }
        ElementFix fix = ElementFix.of(element, type.bigEndian(), false, false);
        View view = new View(array, element, dtype, start, shape.toArray(), strides(), fix);
        return element.dtype() == null ? view.roundedPairs() : view;
    }

    /** Elements from one to the next in each dimension. May overflow where there is no element. */
    private long[] strides() {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int i = 0; i < strides.length; i++) {
            int axis = fortranOrder ? i : strides.length - 1 - i;
            strides[axis] = stride;
            stride *= shape.dimension(axis);
        }
        return strides;
    }
}
