package dev.stsw.format;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * A tensor as a header describes it.
 *
 * @param name as it stands in the header, escapes resolved
 * @param dtype the type of its elements
 * @param shape its dimensions, outermost first
 * @param offsetBegin bytes from the start of the data section
 * @param offsetEnd bytes from the start of the data section, exclusive
 * @param crc32 CRC-32 (zlib) of its data, 0 to 2<sup>32</sup>−1, where the file carries one that can be trusted
 */
public record TensorMeta(String name, DType dtype, Shape shape, long offsetBegin, long offsetEnd, OptionalLong crc32) {

    /** Checks that nothing is missing and that the range runs forward. */
    public TensorMeta {
        Objects.requireNonNull(name);
        Objects.requireNonNull(dtype);
        Objects.requireNonNull(shape);
        Objects.requireNonNull(crc32);
        if (offsetBegin < 0 || offsetEnd < offsetBegin) {
            throw new IllegalArgumentException("tensor " + Names.quote(name) + ": offsets " + offsetBegin + ".."
                    + offsetEnd + " do not run forward from 0");
        }
    }

    /** Size of the tensor's data in bytes. */
    public long byteSize() {
        return offsetEnd - offsetBegin;
    }

    /** The declaration that would write this tensor again. */
    public TensorSpec toSpec() {
        return new TensorSpec(name, dtype, shape);
    }
}
