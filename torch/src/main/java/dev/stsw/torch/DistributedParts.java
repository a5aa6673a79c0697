package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import dev.stsw.torch.DistributedMetadata.Item;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells the model from the state of the training in a distributed checkpoint.
 *
 * @param key the keys that lead to what was taken, joined by dots; empty for the top
 * @param taken what was taken, named from there on
 * @param beside what was left, summed up by the first keys
 */
record DistributedParts(String key, List<Taken> taken, List<Omission> beside) {
    /** Under these the model lies, in this order. */
    private static final List<String> MODELS =
            List.of("model_state_dict", "state_dict", "model", "module", "net", "network");

    /** Keys under which trainers keep what is no model. Exact: a model may well have a layer called {@code loop_norm}. */
    private static final Pattern TRAINING = Pattern.compile(
            "optim|optim(izer)?s?(_states?)?(_dict)?(_?\\d+)?|chained_\\d+|(lr_?)?sched(uler)?s?(_states?)?(_?\\d+)?"
                    + "|train(er|ing)?_state|trainer|data_?loaders?|rng(_states?)?|random_states?|loops|callbacks",
            Pattern.CASE_INSENSITIVE);

    private static final int MOST_SHOWN = 20;

    /**
     * A tensor or object.
     *
     * @param name from the key on
     * @param item what it is
     */
    record Taken(String name, Item item) {}

    /** What lies under {@code key}; all of it for the empty key. */
    static DistributedParts at(String key, List<Item> items) throws CheckpointException {
        List<Taken> taken = new ArrayList<>();
        List<Item> left = new ArrayList<>();
        for (Item item : items) {
            if (key.isEmpty()) {
                taken.add(new Taken(item.name(), item));
            } else if (item.name().startsWith(key + ".")) {
                taken.add(new Taken(item.name().substring(key.length() + 1), item));
            } else if (item.name().equals(key)) {
                taken.add(new Taken(key.substring(key.lastIndexOf('.') + 1), item));
            } else {
                left.add(item);
            }
        }
        if (taken.isEmpty()) {
            throw new CheckpointException(Kind.NOT_FOUND, "no key " + Quote.text(key) + "; it has " + keys(items));
        }
        return new DistributedParts(key, taken, summed(left, List.of()));
    }

    /** The model. */
    static DistributedParts model(List<Item> items) throws CheckpointException {
        List<Item> model = items;
        int depth = 0;
        boolean named = false;
        for (List<Item> inner = group(model, 0, false); inner != null; inner = group(model, depth, named)) {
            model = inner;
            named |= MODELS.contains(model.get(0).path().get(depth));
            depth++;
        }
        List<Item> taken = new ArrayList<>();
        for (Item item : model) {
            if (depth > 0 || !isTraining(item, 0)) {
                taken.add(item);
            }
        }
        if (taken.stream().noneMatch(item -> item.tensor() != null)) {
            throw new CheckpointException(
                    Kind.NOT_A_CHECKPOINT,
                    "no tensors of a model in it; it has " + keys(items) + " (--key takes one of them)");
        }
        int strip = depth;
        String key = String.join(".", taken.get(0).path().subList(0, strip));
        List<Item> left = new ArrayList<>(items);
        left.removeAll(new HashSet<>(taken));
        return new DistributedParts(
                key,
                taken.stream()
                        .map(item -> new Taken(
                                String.join(
                                        ".",
                                        item.path().subList(strip, item.path().size())),
                                item))
                        .toList(),
                summed(left, taken.get(0).path().subList(0, strip)));
    }

    /** The one group that holds the model; null if it lies at this depth itself. */
    private static @Nullable List<Item> group(List<Item> items, int depth, boolean inModel) {
        Map<String, List<Item>> groups = new LinkedHashMap<>();
        boolean tensorsHere = false;
        for (Item item : items) {
            if (item.path().size() > depth + 1) {
                groups.computeIfAbsent(item.path().get(depth), key -> new ArrayList<>())
                        .add(item);
            } else {
                tensorsHere |= item.tensor() != null && (depth > 0 || !isTraining(item, 0));
            }
        }
        groups.values().removeIf(group -> group.stream().allMatch(item -> item.tensor() == null));
        for (String name : MODELS) {
            if (groups.containsKey(name)) {
                return groups.get(name);
            }
        }
        if (inModel || tensorsHere) {
            return null;
        }
        groups.values().removeIf(group -> isTraining(group.get(0), depth));
        return groups.size() == 1 ? groups.values().iterator().next() : null;
    }

    private static boolean isTraining(Item item, int depth) {
        return TRAINING.matcher(head(item.path().get(depth))).matches();
    }

    /** One line for all that begins with the same keys, as far as these lead to what was taken, and one more. */
    private static List<Omission> summed(List<Item> items, List<String> way) {
        Map<String, long[]> counts = new LinkedHashMap<>();
        for (Item item : items) {
            long[] count = counts.computeIfAbsent(head(item, way), key -> new long[2]);
            count[item.tensor() == null ? 1 : 0]++;
        }
        List<Omission> omissions = new ArrayList<>();
        counts.forEach((key, count) -> omissions.add(new Omission(key, counted(count[0], count[1]))));
        return omissions;
    }

    private static String counted(long tensors, long objects) {
        String first = tensors + (tensors == 1 ? " tensor" : " tensors");
        String second = objects + (objects == 1 ? " object" : " objects");
        return tensors == 0 ? second : objects == 0 ? first : first + ", " + second;
    }

    private static String head(Item item) {
        return head(item.path().get(0));
    }

    private static String head(Item item, List<String> way) {
        List<String> path = item.path();
        int depth = 0;
        while (depth < way.size() && depth < path.size() - 1 && path.get(depth).equals(way.get(depth))) {
            depth++;
        }
        String around = String.join(".", path.subList(0, depth));
        return (depth == 0 ? "" : around + ".") + head(path.get(depth));
    }

    /** Of a key that is a whole dotted name, its first part; Megatron-core has slashes in some. */
    private static String head(String key) {
        int end = 0;
        while (end < key.length() && key.charAt(end) != '.' && key.charAt(end) != '/') {
            end++;
        }
        return end == 0 ? key : key.substring(0, end);
    }

    private static String keys(List<Item> items) {
        List<String> heads =
                items.stream().map(DistributedParts::head).distinct().toList();
        return heads.isEmpty()
                ? "nothing"
                : heads.stream().limit(MOST_SHOWN).map(Quote::text).collect(Collectors.joining(", "))
                        + (heads.size() > MOST_SHOWN ? " and " + (heads.size() - MOST_SHOWN) + " more" : "");
    }
}
