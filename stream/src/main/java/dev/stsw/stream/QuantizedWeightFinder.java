package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.util.Map;
import java.util.Optional;

/** Tells what a weight and its scales are, or why nobody knows. */
final class QuantizedWeightFinder {
    private static final int MX_RUN = 32;
    private static final int NVFP4_RUN = 16;

    private final Map<String, TensorSpec> tensors;
    private final Optional<long[]> hint;
    private final boolean swap;

    QuantizedWeightFinder(Map<String, TensorSpec> tensors, Optional<long[]> hint, boolean swap) {
        this.tensors = tensors;
        this.hint = hint;
        this.swap = swap;
    }

    /**
     * @param codes a tensor
     * @param scaleName of a tensor that is there
     * @throws IllegalArgumentException whose message says why it cannot be dequantized, as the end of a sentence about it
     */
    QuantizedWeight find(TensorSpec codes, String scaleName) {
        TensorSpec scale = tensor(scaleName).orElseThrow();
        requireSymmetric(codes.name());
        return switch (codes.dtype()) {
            case F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ -> eightBits(codes, scale);
            case F4 -> fourBits(codes.name(), codes.shape(), codes, scale);
            case U8 -> packed(codes, scale);
            default ->
                throw new IllegalArgumentException(codes.dtype() + " codes with the scale "
                        + TensorSpec.quote(scaleName) + " are of no kind that is known here");
        };
    }

    private Optional<TensorSpec> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    private void requireSymmetric(String name) {
        for (String offset : new String[] {name + "_zero_point", name + ".zero_point", name + "_zeros"}) {
            if (tensors.containsKey(offset)) {
                throw new IllegalArgumentException("it has a zero point, " + TensorSpec.quote(offset));
            }
        }
    }

    private QuantizedWeight eightBits(TensorSpec codes, TensorSpec scale) {
        Blocks blocks = switch (scale.dtype()) {
            case F64, F32, F16, BF16, F8_E8M0 ->
                Blocks.of(codes.shape(), scale.shape(), hint).orElseThrow(() -> misfit(codes.shape(), scale));
            case U8 -> runs(codes.shape(), scale, MX_RUN);
            default -> throw strange(scale);
        };
        boolean mx = scale.dtype() == DType.U8 || (scale.dtype() == DType.F8_E8M0 && blocks.run() == MX_RUN);
        return made(codes.name(), codes.shape(), codes, scale, Optional.empty(), blocks, mx ? "MXFP8" : "FP8");
    }

    /** Bytes of two codes each: by name those of gpt-oss, or else weights as others pack them. */
    private QuantizedWeight packed(TensorSpec codes, TensorSpec scale) {
        String name = codes.name();
        if (name.endsWith("_blocks") || name.endsWith(".blocks")) {
            return gptOss(name.substring(0, name.length() - "_blocks".length()), codes, scale);
        }
        if (codes.shape().rank() == 0) {
            throw misfit(codes.shape(), scale);
        }
        String plain = name.endsWith("_packed") ? name.substring(0, name.length() - "_packed".length()) : name;
        return fourBits(plain, doubled(codes.shape(), codes.shape().rank() - 1), codes, scale);
    }

    /** {@code [..., groups, 16]} and {@code [..., groups]}. */
    private QuantizedWeight gptOss(String name, TensorSpec codes, TensorSpec scale) {
        int rank = codes.shape().rank();
        if (rank < 2 || codes.shape().dimension(rank - 1) != MX_RUN / 2) {
            throw new IllegalArgumentException(
                    "its shape is " + codes.shape() + ", where blocks of 32 codes have [..., groups, 16]");
        }
        Shape shape = joined(codes.shape());
        if (scale.dtype() != DType.U8 && scale.dtype() != DType.F8_E8M0) {
            throw strange(scale);
        }
        return made(name, shape, codes, scale, Optional.empty(), runs(shape, scale, MX_RUN), "MXFP4");
    }

    private static Shape doubled(Shape shape, int dimension) {
        long[] dimensions = shape.toArray();
        dimensions[dimension] = Math.multiplyExact(dimensions[dimension], 2);
        return Shape.of(dimensions);
    }

    private static Shape joined(Shape blocks) {
        long[] all = blocks.toArray();
        long[] dimensions = new long[all.length - 1];
        System.arraycopy(all, 0, dimensions, 0, dimensions.length);
        dimensions[dimensions.length - 1] = Math.multiplyExact(all[all.length - 2], MX_RUN);
        return Shape.of(dimensions);
    }

    private QuantizedWeight fourBits(String name, Shape shape, TensorSpec codes, TensorSpec scale) {
        Optional<TensorSpec> second = tensor(name + "_scale_2").or(() -> tensor(name + "_global_scale"));
        // Whoever has only one under a name of the second kind has no scales for the runs.
        if (second.filter(scale::equals).isPresent()) {
            throw new IllegalArgumentException("it has the scale " + TensorSpec.quote(scale.name()) + " alone");
        }
        if (tensors.containsKey(module(name) + ".comfy_quant")) {
            throw new IllegalArgumentException("ComfyUI puts scales of four bits in another order");
        }
        return switch (scale.dtype()) {
            case U8, F8_E8M0 -> made(name, shape, codes, scale, Optional.empty(), runs(shape, scale, MX_RUN), "MXFP4");
            case F8_E4M3 -> nvfp4(name, shape, codes, scale, second);
            default -> throw strange(scale);
        };
    }

    private static String module(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private QuantizedWeight nvfp4(
            String name, Shape shape, TensorSpec codes, TensorSpec scale, Optional<TensorSpec> second) {
        TensorSpec of =
                second.orElseThrow(() -> new IllegalArgumentException("NVFP4 has a second scale, and there is neither "
                        + TensorSpec.quote(name + "_scale_2") + " nor " + TensorSpec.quote(name + "_global_scale")));
        if (!ScaleReader.isSecond(of, scale)
                || !Elements.isFloatingPoint(of.dtype())
                || of.dtype().bits() < 16) {
            throw strange(of);
        }
        return made(name, shape, codes, scale, second, runs(shape, scale, NVFP4_RUN), "NVFP4");
    }

    private static Blocks runs(Shape weight, TensorSpec scale, int length) {
        int last = weight.rank() - 1;
        boolean fits = last >= 0 && scale.shape().rank() == weight.rank();
        for (int i = 0; fits && i <= last; i++) {
            long scales = scale.shape().dimension(i);
            fits = i < last
                    ? scales == weight.dimension(i)
                    : weight.dimension(i) % length == 0 && scales == weight.dimension(i) / length;
        }
        if (!fits) {
            throw new IllegalArgumentException("the scale " + TensorSpec.quote(scale.name()) + " of shape "
                    + scale.shape() + " is not one for each " + length + " of its " + weight + " values");
        }
        return Blocks.runs(weight, length);
    }

    private QuantizedWeight made(
            String name,
            Shape shape,
            TensorSpec codes,
            TensorSpec scale,
            Optional<TensorSpec> second,
            Blocks blocks,
            String format) {
        if (!name.equals(codes.name()) && tensors.containsKey(name)) {
            throw new IllegalArgumentException("there is a tensor " + TensorSpec.quote(name) + " already");
        }
        if (!Scales.isPossible(blocks)) {
            throw new IllegalArgumentException("its " + blocks.count() + " scales are more than the " + Scales.MOST_HELD
                    + " that are held in memory");
        }
        boolean swapped = swap && format.equals("MXFP4") && codes.name().endsWith("blocks") && shape.rank() >= 2;
        if (swapped) {
            SwappedChannel.requirePossible(shape);
        }
        return new QuantizedWeight(name, shape, codes, scale, second, blocks, format, swapped);
    }

    private static IllegalArgumentException misfit(Shape weight, TensorSpec scale) {
        return new IllegalArgumentException("its shape " + weight + " and that of the scale "
                + TensorSpec.quote(scale.name()) + ", " + scale.shape() + ", do not say which values share a scale");
    }

    private static IllegalArgumentException strange(TensorSpec scale) {
        return new IllegalArgumentException("the scale " + TensorSpec.quote(scale.name()) + " is " + scale.dtype() + " "
                + scale.shape() + ", as no known kind has it");
    }
}
