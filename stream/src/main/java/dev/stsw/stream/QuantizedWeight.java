package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A weight that is stored as codes of few bits and the scales that they are multiplied by. Immutable.
 *
 * @see Quantization
 */
public final class QuantizedWeight {
    private final String name;
    private final Shape shape;
    private final TensorSpec codes;
    private final TensorSpec scale;
    private final Optional<TensorSpec> second;
    private final Blocks blocks;
    private final String format;
    private final boolean swapped;

    /**
     * @param name that the weight has when it is dequantized
     * @param shape in values, not in bytes that hold two of them
     * @param codes as the file has them
     * @param scale that each block has one of
     * @param second that scales are multiplied or divided by
     * @param format in the field's words
     * @param swapped whether the last two dimensions change places on the way out
     */
    QuantizedWeight(
            String name,
            Shape shape,
            TensorSpec codes,
            TensorSpec scale,
            Optional<TensorSpec> second,
            Blocks blocks,
            String format,
            boolean swapped) {
        this.name = name;
        this.shape = shape;
        this.codes = codes;
        this.scale = scale;
        this.second = second;
        this.blocks = blocks;
        this.format = format;
        this.swapped = swapped;
    }

    /** The name that it has without its scales. */
    public String name() {
        return name;
    }

    /** Its shape when it is dequantized; two values that share a byte count as two. */
    public Shape shape() {
        if (!swapped) {
            return shape;
        }
        long[] dimensions = shape.toArray();
        int last = dimensions.length - 1;
        long rows = dimensions[last - 1];
        dimensions[last - 1] = dimensions[last];
        dimensions[last] = rows;
        return Shape.of(dimensions);
    }

    /** The tensor that holds its codes. */
    public TensorSpec codes() {
        return codes;
    }

    /** The tensors that hold its scales: one, or two where scales have a scale themselves. */
    public List<TensorSpec> scales() {
        List<TensorSpec> all = new ArrayList<>(List.of(scale));
        second.ifPresent(all::add);
        return all;
    }

    /** What it is and how many values share a scale, in a few words: {@code FP8, blocks of 128 x 128}. */
    public String form() {
        return format + ", " + blocks.describe();
    }

    /** Whether it is written with its last two dimensions swapped. */
    public boolean isSwapped() {
        return swapped;
    }

    /** As the codes lie, whatever becomes of them. */
    Shape stored() {
        return shape;
    }

    TensorSpec scale() {
        return scale;
    }

    Optional<TensorSpec> second() {
        return second;
    }

    /** Whether the second scale is stored as its inverse, as compressed-tensors does it. */
    boolean dividesBySecond() {
        return second.isPresent() && second.get().name().endsWith("_global_scale");
    }

    Blocks blocks() {
        return blocks;
    }

    /** How the codes are read: bytes that hold two are F4. */
    DType codeType() {
        return codes.dtype() == DType.U8 ? DType.F4 : codes.dtype();
    }

    /** How the scales are read: a byte without a type is an exponent. */
    DType scaleType() {
        return scale.dtype() == DType.U8 ? DType.F8_E8M0 : scale.dtype();
    }

    /** What messages count values of: not bytes that hold two. */
    TensorSpec counted() {
        return new TensorSpec(name, codeType(), shape);
    }

    TensorSpec as(DType target) {
        return new TensorSpec(name, target, shape());
    }

    @Override
    public String toString() {
        return TensorSpec.quote(name) + " " + shape() + ": " + form();
    }
}
