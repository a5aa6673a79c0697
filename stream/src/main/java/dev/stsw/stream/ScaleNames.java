package dev.stsw.stream;

import dev.stsw.format.DType;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which tensor holds the scale of quantized weights, by the names that quantizers give: whoever reads such weights without
 * it gets wrong numbers.
 *
 * <p>The first of a pair is how the weights' name ends, the second what stands in its place in the scale's:
 * compressed-tensors, ModelOpt, DeepSeek, Mistral, gpt-oss (also as OpenAI's own files have it), ComfyUI, bitsandbytes.
 */
final class ScaleNames {
    private static final List<String[]> PAIRS = List.of(
            new String[] {"", "_scale_inv"},
            new String[] {"", "_scale"},
            new String[] {"", "_scales"},
            new String[] {"", "_scale_2"},
            new String[] {"", "_global_scale"},
            new String[] {"", ".scale"},
            new String[] {"", ".scales"},
            new String[] {"", ".absmax"},
            new String[] {".weight", ".scale"},
            new String[] {".weight", ".scales"},
            new String[] {".weight", ".scale_inv"},
            new String[] {".weight", ".scale_weight"},
            new String[] {".weight", ".qscale_weight"},
            new String[] {".weight", ".SCB"},
            new String[] {".qweight", ".scales"},
            new String[] {"_packed", "_scale"},
            new String[] {"_packed", "_global_scale"},
            new String[] {"_blocks", "_scales"},
            new String[] {".blocks", ".scales"});

    /** Scales of what flows between the layers, not of weights. */
    private static final List<String> ACTIVATIONS = List.of(
            "input_scale",
            "input_global_scale",
            "output_scale",
            "act_scale",
            "activation_scale",
            "qscale_act",
            "scale_input",
            "q_scale",
            "k_scale",
            "v_scale",
            "kv_scale",
            "prob_scale");

    private ScaleNames() {}

    /**
     * The scale of a tensor, if its dtype is one that quantizers use.
     *
     * @param exists whether there is a tensor of that name
     */
    static Optional<String> of(String name, DType dtype, Predicate<String> exists) {
        return candidates(name, dtype).filter(exists).findFirst();
    }

    /** The names that scales of such a tensor could have, the likeliest first; none for a dtype that needs none. */
    static Stream<String> candidates(String name, DType dtype) {
        if (!isQuantized(dtype)) {
            return Stream.empty();
        }
        return PAIRS.stream()
                .filter(pair -> name.endsWith(pair[0]))
                .map(pair -> name.substring(0, name.length() - pair[0].length()) + pair[1])
                .filter(scale -> !isOfActivations(scale));
    }

    static boolean isOfActivations(String scale) {
        return ACTIVATIONS.contains(scale.substring(scale.lastIndexOf('.') + 1));
    }

    /** Whether a cast changes the codes; the others hold several in an integer. */
    static boolean isCode(DType dtype) {
        return dtype == DType.F4 || isEightBits(dtype);
    }

    static boolean isEightBits(DType dtype) {
        return switch (dtype) {
            case F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> true;
            default -> false;
        };
    }

    private static boolean isQuantized(DType dtype) {
        return switch (dtype) {
            case U8, I8, I32, F6_E2M3, F6_E3M2 -> true;
            default -> isCode(dtype);
        };
    }
}
