package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a folder of DeepSpeed's, told by their names.
 *
 * @param optimizers of each process its part of the optimizer, with the weights, in the order of the processes
 * @param models of each process its model states under ZeRO-3; else one file
 */
record DeepSpeedFiles(List<String> optimizers, List<String> models) {
    private static final Pattern OPTIMIZER =
            Pattern.compile("(?:bf16_|fp16_)?zero_pp_rank_(\\d{1,6})_mp_rank_(\\d{1,6})_optim_states\\.pt");
    private static final Pattern MODEL =
            Pattern.compile("(?:zero_pp_rank_(\\d{1,6})_)?mp_rank_(\\d{1,6})_model_states\\.pt");
    private static final Pattern LAYER = Pattern.compile("layer_\\d+-.*model_states\\.pt");

    private static final Pattern EXPERT =
            Pattern.compile("(?:layer_\\d+_)?expert_\\d+_.*model_states\\.pt|expp_rank_.*optim_states\\.pt");

    /** Whether a folder with these files is such a checkpoint. */
    static boolean areIn(Collection<String> names) {
        return names.stream().anyMatch(name -> OPTIMIZER.matcher(name).matches());
    }

    static DeepSpeedFiles of(Collection<String> names) throws CheckpointException {
        if (names.stream().anyMatch(name -> LAYER.matcher(name).matches())) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "was trained with pipeline parallelism (layer_*-model_states.pt), whose layers cannot be put together");
        }
        if (names.stream().anyMatch(name -> EXPERT.matcher(name).matches())) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED, "was trained with expert parallelism, whose experts cannot be put together");
        }
        return new DeepSpeedFiles(
                ranks(names, OPTIMIZER, "optimizer states (*_optim_states.pt)"),
                ranks(names, MODEL, "model states (*_model_states.pt)"));
    }

    /** By the numbers of their processes, from 0 without a gap. */
    private static List<String> ranks(Collection<String> names, Pattern pattern, String what)
            throws CheckpointException {
        Map<Integer, String> ranks = new TreeMap<>();
        for (String name : names) {
            Matcher matcher = pattern.matcher(name);
            if (!matcher.matches()) {
                continue;
            }
            if (Integer.parseInt(matcher.group(2)) != 0) {
                throw new CheckpointException(
                        Kind.UNSUPPORTED,
                        "was trained with model parallelism (" + name + "), whose slices cannot be put together");
            }
            String other = ranks.put(matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)), name);
            if (other != null) {
                throw new CheckpointException(
                        Kind.CORRUPT, "has two files of the same process: " + other + " and " + name);
            }
        }
        int next = 0;
        for (int rank : ranks.keySet()) {
            if (rank != next++) {
                throw new CheckpointException(Kind.CORRUPT, "lacks the " + what + " of process " + (next - 1));
            }
        }
        if (ranks.isEmpty()) {
            throw new CheckpointException(Kind.CORRUPT, "has no " + what);
        }
        return new ArrayList<>(ranks.values());
    }
}
