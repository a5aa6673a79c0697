package dev.stsw.stream;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What PEFT's {@code adapter_config.json} says of the scale of each module, as PEFT 0.21 reads it. */
final class LoraScaling {
    /** These leave the model's own weights alone; others train against changed ones. */
    private static final List<Object> PLAIN = List.of(true, false, "gaussian", "eva", "orthogonal");

    /** Where these are set, the sum is more than a product of two matrices, or not for every input. */
    private static final List<String> OTHERS = List.of(
            "use_dora",
            "use_qalora",
            "use_bdlora",
            "alora_invocation_tokens",
            "arrow_config",
            "kasa_config",
            "layer_replication",
            "target_parameters");

    /** Far more than an honest pattern needs for a name, and little for a machine. */
    private static final int MOST_STEPS = 1_000_000;

    private final Map<String, Object> config;
    private final Map<String, Double> alphas = new LinkedHashMap<>();

    LoraScaling(Map<String, Object> config) {
        this.config = config;
        if (config.get("alpha_pattern") instanceof Map<?, ?> patterns) {
            patterns.forEach((key, value) -> {
                if (value instanceof Double number) {
                    alphas.put(String.valueOf(key), number);
                }
            });
        }
    }

    /** Why such an adapter cannot be merged, as the end of a sentence about its configuration. */
    Optional<String> refusal() {
        Object type = config.getOrDefault("peft_type", "LORA");
        if (!type.equals("LORA")) {
            return Optional.of("peft_type is " + type + ", not LORA");
        }
        Object init = config.getOrDefault("init_lora_weights", true);
        if (!PLAIN.contains(init)) {
            return Optional.of("init_lora_weights is " + init + ": the adapter is for base weights that were changed");
        }
        for (String key : OTHERS) {
            Object value = config.get(key);
            boolean unset = value == null
                    || value.equals(false)
                    || (value instanceof List<?> list && list.isEmpty())
                    || (value instanceof Map<?, ?> map && map.isEmpty());
            if (!unset) {
                return Optional.of(key + " is set, which is no sum of weights");
            }
        }
        return Optional.empty();
    }

    OptionalDouble alpha(String module) {
        for (Map.Entry<String, Double> pattern : alphas.entrySet()) {
            if (matches(pattern.getKey(), module)) {
                return OptionalDouble.of(pattern.getValue());
            }
        }
        return config.get("lora_alpha") instanceof Double alpha ? OptionalDouble.of(alpha) : OptionalDouble.empty();
    }

    boolean isRankStabilized() {
        return Boolean.TRUE.equals(config.get("use_rslora"));
    }

    /** Whether square weights lie as {@code [in, out]}. */
    boolean fanInFanOut() {
        return Boolean.TRUE.equals(config.get("fan_in_fan_out"));
    }

    double scale(double alpha, long rank) {
        return alpha / (isRankStabilized() ? Math.sqrt((double) rank) : (double) rank);
    }

    private static boolean matches(String key, String module) {
        try {
            return Pattern.compile("(.*\\.)?(" + key + ")$")
                    .matcher(new Patient(module))
                    .lookingAt();
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "alpha_pattern has no valid regular expression '" + key + "': " + e.getDescription(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("alpha_pattern '" + key + "' is too deep", e);
        }
    }

    /** Text that a regular expression may look at so many times: an adapter must not keep a processor for years. */
    private static final class Patient implements CharSequence {
        private final String text;
        private int steps;

        Patient(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            steps++;
            if (steps > MOST_STEPS) {
                throw new IllegalArgumentException("alpha_pattern needs too many steps for module " + text);
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
