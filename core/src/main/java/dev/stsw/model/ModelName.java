package dev.stsw.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the name of a file of tensors says: whose it is, in which form, and which shard of how many.
///
/// @param file the name, without a folder
/// @param stem the model's name in it, a variant included: `model.fp16`
/// @param form by the suffix
/// @param role what the stem says of its content
/// @param shard its place among several files, if it is one of several
public record ModelName(String file, String stem, Form form, Role role, Optional<Shard> shard) {
    /// How tensors are stored, as suffixes have it; safe forms first.
    public enum Form {
        SAFETENSORS,
        BIN,
        OTHER
    }

    /// What a file is to a folder. The earlier it stands here, the more is it the model.
    public enum Role {
        MODEL(0),
        /// The model once more, with other numbers: `model.fp16.safetensors`.
        VARIANT(1),
        /// What is added to a model that lies elsewhere.
        ADAPTER(2),
        /// Never a model: what a trainer needs to go on.
        TRAINING(3);

        /// The lowest is taken.
        final int rank;

        Role(int rank) {
            this.rank = rank;
        }
    }

    /// One of several files.
    ///
    /// @param before the name up to the number
    /// @param number as it is written, with leading zeros
    /// @param after the name from the number's end on
    /// @param count how many there are, by the name; 0 where it does not say
    public record Shard(String before, String number, String after, int count) {
        public int index() {
            return Integer.parseInt(number);
        }

        /// The name of another shard of the same model.
        public String sibling(int index) {
            String digits = Integer.toString(index);
            return before + "0".repeat(Math.max(0, number.length() - digits.length())) + digits + after;
        }

        /// The numbers of its siblings among files, and its own if it is among them.
        public SortedSet<Integer> numbers(List<String> files) {
            SortedSet<Integer> numbers = new TreeSet<>();
            for (String file : files) {
                ModelName.of(file)
                        .flatMap(ModelName::shard)
                        .filter(other -> other.family().equals(family()))
                        .ifPresent(other -> numbers.add(other.index()));
            }
            return numbers;
        }

        /// The same for all shards of a model.
        public String family() {
            return before + "*" + after;
        }

        /// What the name promises and is not there, a sentence each. Some tools count from 0, and of those some up to
        /// the count; a name may promise a billion shards.
        ///
        /// @param there the numbers of the shards that are there, at least one
        public List<String> missing(SortedSet<Integer> there) {
            boolean fromZero = count == 0 || there.contains(0);
            int last = count == 0 ? there.last() : fromZero && !there.contains(count) ? count - 1 : count;
            List<String> missing = new ArrayList<>();
            int next = fromZero ? 0 : 1;
            for (int number : there) {
                addGap(missing, next, Math.min(number - 1, last));
                next = number + 1;
            }
            addGap(missing, next, last);
            if (there.last() > last) {
                missing.add("its shard " + sibling(there.last()) + " is beyond the count in its name");
            }
            return missing;
        }

        private void addGap(List<String> missing, int from, int to) {
            if (to - from >= ONE_BY_ONE) {
                missing.add("its shards " + sibling(from) + " to " + sibling(to) + " are missing");
                return;
            }
            for (int i = from; i <= to; i++) {
                missing.add("its shard " + sibling(i) + " is missing");
            }
        }
    }

    /// More missing shards in a row than this are told in one sentence.
    private static final int ONE_BY_ONE = 10;

    /// Stems that tools write; of several, the earlier is taken.
    private static final List<String> USUAL = List.of(
            "model", "pytorch_model", "diffusion_pytorch_model", "adapter_model", "pytorch_lora_weights", "adapters");

    private static final int MODELS = 3;

    private static final Pattern SUFFIX =
            Pattern.compile("(.+)\\.(safetensors|bin|pt|pth|ckpt|npz|npy)", Pattern.CASE_INSENSITIVE);

    /// `model-00001-of-00003.safetensors`, `model-00001-of-00003.fp16.bin`. No digits but these, and no more than fit.
    private static final Pattern SHARD =
            Pattern.compile("((?:.*[^0-9])?)([0-9]{1,9})((?:-of-|_of_)([0-9]{1,9})((?:\\.[^.]+)?))");

    /// `consolidated.00.pth`, as Llama's authors write it: slices of each tensor, one for each device.
    private static final Pattern SLICE = Pattern.compile("(consolidated\\.)([0-9]{2,9})()");

    private static final Pattern TRAINING = Pattern.compile(
            "(?:.*[_.-])?(?:optim|optimizer|optim_states|optimizer_state|rng_state|random_states?)(?:[_.-]?[0-9]+)*"
                    + "|(?:lr_)?scheduler(?:[_.-]?[0-9]+)*|(?:grad_)?scaler|sampler(?:[_.-]?[0-9]+)*"
                    + "|training_args|trainer_state|recipe_state");

    private static final Pattern ADAPTER =
            Pattern.compile("(?:.*[^a-z])?(?:adapters?|lora)(?:[^a-z].*)?|learned_embeds.*|(?:value|v)_head");

    private static final Pattern VARIANT = Pattern.compile(
            "(.+)\\.((?:non_|no_)?ema(?:_?only)?|(?:fp|bf|f|float|bfloat|int|nf|q)[0-9]{1,2}(?:_?e[0-9]m[0-9](?:fn)?)?"
                    + "|half|[48]bit)");

    /// Empty where it is no file of tensors.
    public static Optional<ModelName> of(String file) {
        Matcher suffix = SUFFIX.matcher(file);
        if (!suffix.matches()) {
            return Optional.empty();
        }
        String base = suffix.group(1);
        Matcher shard = SHARD.matcher(base);
        Matcher slice = SLICE.matcher(base);
        String stem = base;
        Optional<Shard> place = Optional.empty();
        if (shard.matches() && Integer.parseInt(shard.group(4)) > 0) {
            String name = shard.group(1).replaceFirst("[-_.]$", "");
            stem = name.replaceFirst("\\.(?:safetensors|bin)$", "") + shard.group(5);
            place = Optional.of(place(shard, file, Integer.parseInt(shard.group(4))));
        } else if (slice.matches()) {
            stem = "consolidated";
            place = Optional.of(place(slice, file, 0));
        }
        return Optional.of(new ModelName(file, stem, form(suffix.group(2)), role(stem), place));
    }

    private static Shard place(Matcher name, String file, int count) {
        return new Shard(name.group(1), name.group(2), file.substring(name.end(2)), count);
    }

    public static Form form(String suffix) {
        return switch (suffix.toLowerCase(Locale.ROOT)) {
            case "safetensors" -> Form.SAFETENSORS;
            case "bin" -> Form.BIN;
            default -> Form.OTHER;
        };
    }

    /// What a stem says, whatever it is the stem of.
    public static Role role(String stem) {
        String lower = stem.toLowerCase(Locale.ROOT);
        if (TRAINING.matcher(lower).matches()) {
            return Role.TRAINING;
        }
        if (ADAPTER.matcher(lower).matches()) {
            return Role.ADAPTER;
        }
        int dot = stem.lastIndexOf('.');
        boolean ofUsual = dot > 0 && USUAL.subList(0, MODELS).contains(stem.substring(0, dot));
        return ofUsual || VARIANT.matcher(lower).matches() ? Role.VARIANT : Role.MODEL;
    }

    /// Where a stem stands among those that tools write; the same for all others, which come last.
    public static int usual(String stem) {
        int dot = role(stem) == Role.VARIANT ? stem.lastIndexOf('.') : -1;
        int at = USUAL.indexOf(dot < 0 ? stem : stem.substring(0, dot));
        return at < 0 ? USUAL.size() : at;
    }

    public static boolean isUsual(String stem) {
        return usual(stem) < USUAL.size();
    }
}
