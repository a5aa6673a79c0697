package dev.stsw.torch;

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
        ElementType element = type.type();
        if (element.dtype() == null) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "is of dtype " + element.name()
                            + ", complex numbers of 16 bytes, for which safetensors has no form");
        }
        long size;
        try {
            size = new TensorSpec("", element.dtype(), shape).byteSize();
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(Kind.CORRUPT, "makes no tensor: " + e.getMessage());
        }
        long found = array.size() - start;
        if (size != found) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    "takes " + Long.toUnsignedString(size) + " bytes as " + element.dtype() + " " + shape + ", but "
                            + found + " follow its header");
        }
        ElementFix fix = ElementFix.of(element, type.bigEndian(), false, false);
        return new View(array, element, element.dtype(), start, shape.toArray(), strides(), fix);
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
