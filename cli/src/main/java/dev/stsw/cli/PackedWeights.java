package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorMeta;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How many parameters the packed weights of a file stand for: quantizers put several of 4 bits, or another few, into
/// one integer. Told by the names and shapes that they give, as the loaders of these formats do; the scales, zero
/// points and tables beside the weights are no parameters.
final class PackedWeights {
    private static final String BITSANDBYTES = ".quant_state.bitsandbytes__";

    private final Map<String, TensorMeta> tensors = new HashMap<>();
    /// What each tensor stands for, of those that stand for something else than their elements.
    private final Map<String, Long> parameters = new HashMap<>();
    private final Map<String, Scheme> schemes = new LinkedHashMap<>();

    /// What was found of one way of packing.
    ///
    /// @param name for people
    /// @param tensors of weights
    /// @param parameters that they stand for
    record Scheme(String name, long tensors, long parameters) {
        Scheme plus(Scheme more) {
            return new Scheme(name, tensors + more.tensors, parameters + more.parameters);
        }

        void writeTo(Json object) {
            object.name("scheme").string(name);
            object.name("tensors").number(tensors);
            object.name("parameters").number(parameters);
        }
    }

    /// Most files have none: then no more than a look at the names is done.
    static PackedWeights of(Collection<TensorMeta> tensors) {
        PackedWeights packed = new PackedWeights();
        if (tensors.stream().anyMatch(tensor -> mayBePacked(tensor))) {
            tensors.forEach(tensor -> packed.tensors.put(tensor.name(), tensor));
            tensors.forEach(packed::look);
        }
        return packed;
    }

    private static boolean mayBePacked(TensorMeta tensor) {
        return switch (tensor.dtype()) {
            case I32 -> tensor.name().endsWith("qweight");
            case U8 -> true;
            default -> false;
        };
    }

    /// What a tensor stands for.
    long parameters(TensorMeta tensor) {
        Long packed = parameters.isEmpty() ? null : parameters.get(tensor.name());
        return packed == null ? tensor.shape().elementCount() : packed;
    }

    Collection<Scheme> schemes() {
        return schemes.values();
    }

    private void look(TensorMeta tensor) {
        String name = tensor.name();
        if (tensor.dtype() == DType.I32 && name.endsWith("qweight")) {
            lookAtGptq(tensor, name.substring(0, name.length() - "qweight".length()));
        } else if (tensor.dtype() == DType.U8) {
            lookAtBytes(tensor, name);
        }
    }

    /// GPTQ packs along the first axis, AWQ along the second one; how many bits, the zero points tell.
    private void lookAtGptq(TensorMeta weight, String prefix) {
        Optional<Shape> scales = shape(prefix + "scales");
        Optional<Shape> zeros = shape(prefix + "qzeros");
        Shape shape = weight.shape();
        if (scales.isEmpty()
                || zeros.isEmpty()
                || shape.rank() != 2
                || scales.get().rank() != 2
                || zeros.get().rank() != 2) {
            return;
        }
        long columns = scales.get().dimension(1);
        if (columns == 0) {
            return;
        }
        long bits = 32 * zeros.get().dimension(1) / columns;
        if (bits < 1 || bits > 16) {
            return;
        }
        boolean first = shape.dimension(1) == columns;
        boolean second = shape.dimension(1) == zeros.get().dimension(1);
        if (first || second) {
            add((first ? "GPTQ " : "AWQ ") + bits + "-bit", weight, weight.byteSize() * 8 / bits);
            setAside(prefix + "scales", prefix + "qzeros", prefix + "g_idx");
        }
    }

    private void lookAtBytes(TensorMeta weight, String name) {
        if (name.endsWith("_blocks") && has(sibling(name, "_blocks", "_scales"), DType.U8)) {
            add("MXFP4", weight, 2 * weight.byteSize());
            setAside(sibling(name, "_blocks", "_scales"));
        } else if (has(name + BITSANDBYTES + "nf4", DType.U8) || has(name + BITSANDBYTES + "fp4", DType.U8)) {
            String kind = has(name + BITSANDBYTES + "nf4", DType.U8) ? "nf4" : "fp4";
            add("bitsandbytes " + kind, weight, 2 * weight.byteSize());
            setAside(
                    name + BITSANDBYTES + kind,
                    name + ".absmax",
                    name + ".quant_map",
                    name + ".nested_absmax",
                    name + ".nested_quant_map");
        } else if (name.endsWith("_packed") && has(sibling(name, "_packed", "_scale"), DType.F8_E4M3)) {
            add("NVFP4", weight, 2 * weight.byteSize());
            setAside(sibling(name, "_packed", "_scale"), sibling(name, "_packed", "_global_scale"));
        } else if (has(name + "_scale", DType.F8_E4M3) && has(name + "_scale_2", DType.F32)) {
            add("NVFP4", weight, 2 * weight.byteSize());
            setAside(name + "_scale", name + "_scale_2");
        }
    }

    private static String sibling(String name, String end, String other) {
        return name.substring(0, name.length() - end.length()) + other;
    }

    private Optional<Shape> shape(String name) {
        return Optional.ofNullable(tensors.get(name)).map(TensorMeta::shape);
    }

    private boolean has(String name, DType dtype) {
        TensorMeta tensor = tensors.get(name);
        return tensor != null && tensor.dtype() == dtype;
    }

    private void add(String scheme, TensorMeta weight, long count) {
        parameters.put(weight.name(), count);
        schemes.merge(scheme, new Scheme(scheme, 1, count), Scheme::plus);
    }

    private void setAside(String... names) {
        for (String name : names) {
            if (tensors.containsKey(name)) {
                parameters.put(name, 0L);
            }
        }
    }
}
