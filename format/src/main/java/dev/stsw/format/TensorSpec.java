package dev.stsw.format;

import java.util.Comparator;
import java.util.Objects;

/**
 * A tensor as its writer declares it. Where it lies in the file follows from the order and size of the declarations.
 *
 * @param name any text without lone surrogates, except {@code __metadata__}
 * @param dtype the type of its elements
 * @param shape its dimensions, outermost first
 */
public record TensorSpec(String name, DType dtype, Shape shape) {
    /** The order in which the reference writes tensors: highest dtype rank first, then by name in UTF-8 byte order. */
    // Not by Comparator.comparing, whose lambdas no cache of classes holds: 15 ms of each start of a program.
    public static final Comparator<TensorSpec> REFERENCE_ORDER = TensorSpec::compareAsReference;

    /**
     * Checks the name and the size.
     *
     * @throws IllegalArgumentException if the name cannot stand in a header, or the shape has no size in bytes
     */
    public TensorSpec {
        Objects.requireNonNull(dtype);
        Names.requireWritable(name);
        try {
            dtype.byteSize(shape.elementCount());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "tensor " + Names.quote(name) + ", " + dtype + " " + shape + ": " + e.getMessage(), e);
        }
    }

    private static int compareAsReference(TensorSpec a, TensorSpec b) {
        int dtype = b.dtype.compareTo(a.dtype);
        return dtype != 0 ? dtype : Names.UTF8_ORDER.compare(a.name, b.name);
    }

    /** A tensor of these dimensions; none for a scalar. */
    public static TensorSpec of(String name, DType dtype, long... dimensions) {
        return new TensorSpec(name, dtype, Shape.of(dimensions));
    }

    /** A name in quotes, control characters escaped and long ones cut: fit for a message of one line. */
    public static String quote(String name) {
        return Names.quote(name);
    }

    /** Size of the tensor's data in bytes. */
    public long byteSize() {
        return dtype.byteSize(shape.elementCount());
    }
}
