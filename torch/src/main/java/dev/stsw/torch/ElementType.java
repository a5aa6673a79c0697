package dev.stsw.torch;

import dev.stsw.format.DType;
import org.jspecify.annotations.Nullable;

/**
 * An element type of torch.
 *
 * @param name of the dtype, without {@code torch.}
 * @param bytes of one element in a storage
 * @param dtype the same in safetensors; null where there is none
 */
record ElementType(String name, int bytes, @Nullable DType dtype) {

    boolean isComplex() {
        return name.startsWith("complex");
    }

    boolean isFloating() {
        return name.startsWith("float") || name.startsWith("bfloat") || isComplex();
    }

    /** Bytes of one number: of half an element, if that is complex. */
    int componentBytes() {
        return isComplex() ? bytes / 2 : bytes;
    }
}
