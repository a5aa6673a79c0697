package dev.stsw.torch;

import dev.stsw.torch.Mappings.Entry;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What training keeps beside its model, and what is never taken for one: optimizers, schedulers, random states.
 *
 * @param rebuild recognises tensors
 */
record Training(Rebuild rebuild) {
    /** What optimizers keep for each parameter; one of these proves that a dict is theirs. */
    private static final Set<String> MOMENTS = Set.of(
            "exp_avg",
            "exp_avg_sq",
            "exp_inf",
            "max_exp_avg_sq",
            "exp_avg_sq_row",
            "exp_avg_sq_col",
            "momentum_buffer",
            "square_avg",
            "grad_avg",
            "acc_delta");

    /** What else lies beside them. */
    private static final Set<String> COUNTERS =
            Set.of("step", "sum", "prev", "step_size", "eta", "mu", "ax", "master_param", "state1", "state2");

    private static final Set<String> NAMES = Set.of(
            "opt",
            "opts",
            "optstate",
            "optstatedict",
            "optg",
            "optd",
            "gopt",
            "dopt",
            "scheduler",
            "schedulers",
            "schedulerstatedict",
            "sched",
            "rng",
            "sampler",
            "callbacks",
            "loops",
            "dataloader",
            "dataloaders");

    private static final List<String> OTHERS = List.of("optim", "lrsched");

    private static final List<String> RANDOM =
            List.of("rngstate", "rngtracker", "randomstate", "manualseed", "randomseed");

    /** What is measured along the way, and may be kept as a tensor. */
    private static final Set<String> PROGRESS = Set.of(
            "epoch",
            "step",
            "steps",
            "globalstep",
            "iter",
            "iters",
            "iteration",
            "iterations",
            "loss",
            "losses",
            "bestloss",
            "valloss",
            "trainloss",
            "bestvalloss",
            "acc",
            "accuracy",
            "bestacc",
            "bestacc1",
            "bestscore",
            "bestfitness",
            "score",
            "metric",
            "metrics",
            "bestmetric");

    private static final int DEEPEST = 100;

    /** Whether an entry beside a model is such a thing, by its name or by what it holds. */
    boolean is(Entry entry) {
        String name = ModelNames.plain(entry.name());
        boolean random = RANDOM.stream().anyMatch(name::contains);
        if (random || rebuild.recognises(entry.value())) {
            return random;
        }
        boolean module = entry.value() instanceof Obj object && Flattener.isModule(object);
        boolean named = NAMES.contains(name) || OTHERS.stream().anyMatch(name::contains);
        return !module && (named || isState(entry.value()));
    }

    /** Whether an entry is a measured value or a counter: a tensor of such a name, or a single number of NumPy. */
    boolean isProgress(Entry entry) {
        boolean number = entry.value() instanceof Obj object
                && object.callable instanceof Global global
                && global.name().equals("scalar")
                && global.module().endsWith("multiarray");
        return number || (PROGRESS.contains(ModelNames.plain(entry.name())) && rebuild.recognises(entry.value()));
    }

    /** Whether this is the state of an optimizer or of random generators, whatever it is called. */
    boolean isState(Value value) {
        return isKnown(value) || new Moments().only(value, 0);
    }

    /** The same, judged by a look at the keys alone. */
    static boolean isKnown(Value value) {
        if (value instanceof Items items) {
            // As numpy.random.get_state() returns it.
            return !items.values.isEmpty()
                    && items.values.get(0) instanceof Text text
                    && text.value().equals("MT19937");
        }
        // Asked of every value, so without making entries of it.
        Dict dict = value instanceof Obj object ? object.entries : value instanceof Dict plain ? plain : null;
        return has(dict, "state", "param_groups")
                || has(dict, "growth_factor", "growth_interval")
                // As transformers' Trainer writes rng_state.pth.
                || has(dict, "python", "numpy", "cpu");
    }

    private static boolean has(@Nullable Dict dict, String... names) {
        for (String name : names) {
            if (dict == null || dict.get(name) == null) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable List<Entry> dict(Value value) {
        boolean dict = value instanceof Dict || (value instanceof Obj object && object.entries != null);
        return dict ? Mappings.entries(value) : null;
    }

    /** Looks whether all tensors are an optimizer's moments. Each value is seen once, so shared ones cost nothing. */
    private final class Moments {
        private final Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        private boolean moments;

        boolean only(Value value, int depth) {
            return walk(value, depth) && moments;
        }

        private boolean walk(Value value, int depth) {
            List<Entry> entries = value instanceof Items items ? ofList(items) : dict(value);
            if (entries == null || depth > DEEPEST || !seen.add(value)) {
                return true;
            }
            for (Entry entry : entries) {
                boolean moment = MOMENTS.contains(entry.name());
                if (rebuild.recognises(entry.value())) {
                    if (!moment && !COUNTERS.contains(entry.name())) {
                        return false;
                    }
                    moments |= moment;
                } else if (!walk(entry.value(), depth + 1)) {
                    return false;
                }
            }
            return true;
        }

        private @Nullable List<Entry> ofList(Items items) {
            return items.isPlain() ? null : Mappings.entries(items);
        }
    }
}
