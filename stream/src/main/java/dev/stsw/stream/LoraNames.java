package dev.stsw.stream;

import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of an adapter by what they are, told by their names: as PEFT, kohya's scripts and diffusers give them.
 */
final class LoraNames {
    private static final String PEFT_PREFIX = "base_model.model.";

    private static final Pattern HALF = Pattern.compile(
            "(.+)\\.(?:(lora_A|lora_down|lora\\.down|lora_linear_layer\\.down)|lora_B|lora_up|lora\\.up|lora_linear_layer\\.up)"
                    + "(?:\\.([^.]+))?\\.weight");
    private static final Pattern EMBEDDING = Pattern.compile("(.+)\\.lora_embedding_(?:(A)|B)(?:\\.([^.]+))?");
    private static final Pattern ALPHA = Pattern.compile("(.+)\\.alpha");

    /** Of whole tensors that were trained beside the adapter's. */
    private static final Pattern WRAPPER = Pattern.compile("\\.(?:modules_to_save(?:\\.default)?|base_layer)(?=\\.)");

    private static final Pattern OTHER_KIND = Pattern.compile(
            ".*(?:lora_magnitude_vector|dora_scale|lora_mid|hada_|lokr_|oft_|ia3_|lora_diag|vera_|trainable_tokens_|lora_B.*\\.bias).*");

    private final List<LoraModule> modules = new ArrayList<>();
    private final Map<String, TensorSpec> whole = new LinkedHashMap<>();
    private final List<String> unknown = new ArrayList<>();
    private boolean peft;

    /** Halves that wait for the other one. */
    private static final class Halves {
        private Optional<TensorSpec> a = Optional.empty();
        private Optional<TensorSpec> b = Optional.empty();
        private boolean embedding;
    }

    LoraNames(Collection<TensorSpec> adapter) {
        Map<String, Halves> halves = new LinkedHashMap<>();
        Map<String, TensorSpec> alphas = new LinkedHashMap<>();
        for (TensorSpec tensor : adapter) {
            Matcher alpha = ALPHA.matcher(tensor.name());
            if (alpha.matches()) {
                alphas.put(alpha.group(1), tensor);
            } else if (!isHalf(HALF, tensor, halves) && !isHalf(EMBEDDING, tensor, halves)) {
                takeOther(tensor);
            }
        }
        halves.forEach((name, both) -> take(name, both, Optional.ofNullable(alphas.remove(name))));
        alphas.values().forEach(alpha -> unknown.add(alpha.name()));
    }

    private boolean isHalf(Pattern pattern, TensorSpec tensor, Map<String, Halves> halves) {
        Matcher name = pattern.matcher(tensor.name());
        if (!name.matches() || !Narrowing.supports(tensor.dtype())) {
            return false;
        }
        Halves both = halves.computeIfAbsent(name.group(1), key -> new Halves());
        boolean isA = name.group(2) != null;
        if ((isA ? both.a : both.b).isPresent()) {
            unknown.add(tensor.name()); // Of a second adapter in the same file.
            return true;
        }
        if (isA) {
            both.a = Optional.of(tensor);
        } else {
            both.b = Optional.of(tensor);
        }
        both.embedding = pattern == EMBEDDING;
        return true;
    }

    private void take(String name, Halves both, Optional<TensorSpec> alpha) {
        if (both.a.isEmpty() || both.b.isEmpty()) {
            unknown.add(both.a.or(() -> both.b).orElseThrow().name());
            return;
        }
        modules.add(new LoraModule(plain(name), both.a.get(), both.b.get(), alpha, both.embedding));
    }

    private void takeOther(TensorSpec tensor) {
        if (!tensor.name().startsWith(PEFT_PREFIX)
                || OTHER_KIND.matcher(tensor.name()).matches()) {
            unknown.add(tensor.name());
            return;
        }
        whole.put(WRAPPER.matcher(plain(tensor.name())).replaceAll(""), tensor);
    }

    private String plain(String name) {
        peft |= name.startsWith(PEFT_PREFIX);
        return name.startsWith(PEFT_PREFIX) ? name.substring(PEFT_PREFIX.length()) : name;
    }

    List<LoraModule> modules() {
        return modules;
    }

    /** Whole tensors, by the names that they have in the model. */
    Map<String, TensorSpec> whole() {
        return whole;
    }

    /** Names of tensors of other kinds, or without what belongs to them. */
    List<String> unknown() {
        return unknown;
    }

    /** Whether names begin as PEFT's do. */
    boolean isPeft() {
        return peft;
    }
}
