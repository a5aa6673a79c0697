package dev.stsw.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A model to be written anew: one file, or several whose names say that they belong together. */
final class Model implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final Pattern SHARD = Pattern.compile("(.+)-(\\d{5,9})-of-(\\d{5,9})(\\.[^./]+)");
    private static final Pattern SUFFIX = Pattern.compile("\\.[^./]+$");

    private final ArrayList<FileRange> files;
    private final String stem;
    private final String problem;

    private Model(List<FileRange> files, String stem, String problem) {
        this.files = new ArrayList<>(files);
        this.stem = stem;
        this.problem = problem;
    }

    /** Its files, in the order of their numbers. */
    List<FileRange> files() {
        return files;
    }

    /** Path without suffix, below the folder of all models. */
    String stem() {
        return stem;
    }

    /** Why it cannot be written; empty if nothing is known against it. */
    String problem() {
        return problem;
    }

    /** Brings the shards of a model together: a name that says "1 of 3" is a promise. */
    static List<Model> of(List<Listing.Entry> entries) {
        Map<String, TreeMap<Integer, Listing.Entry>> families = new LinkedHashMap<>();
        List<Model> models = new ArrayList<>();
        for (Listing.Entry entry : entries) {
            Matcher shard = SHARD.matcher(entry.path());
            if (shard.matches()) {
                families.computeIfAbsent(shard.replaceFirst("$1-of-$3$4"), family -> new TreeMap<>())
                        .put(Integer.parseInt(shard.group(2)), entry);
            } else {
                models.add(new Model(List.of(FileRange.all(entry)), stem(entry.path()), ""));
            }
        }
        families.values().forEach(shards -> models.add(ofShards(shards)));
        return withoutTwins(models);
    }

    private static Model ofShards(SortedMap<Integer, Listing.Entry> shards) {
        List<FileRange> files = shards.values().stream().map(FileRange::all).toList();
        Matcher name = SHARD.matcher(files.get(0).path());
        if (!name.matches()) {
            throw new AssertionError(name);
        }
        int count = Integer.parseInt(name.group(3));
        int first = shards.firstKey() == 0 ? 0 : 1;
        String problem = "";
        for (int number = first; number < first + count && problem.isEmpty(); number++) {
            if (!shards.containsKey(number)) {
                problem = "its shard " + number + " of " + count + " is missing";
            }
        }
        return new Model(files, stem(name.group(1) + name.group(4)), problem);
    }

    /** As transformers calls the same model in the other form. */
    private static String stem(String path) {
        String stem = SUFFIX.matcher(path).replaceFirst("");
        return path.endsWith(".bin") ? stem.replaceFirst("(^|/)pytorch_model$", "$1model") : stem;
    }

    /** Two models cannot be written to one place. */
    private static List<Model> withoutTwins(List<Model> models) {
        Map<String, Model> places = new LinkedHashMap<>();
        List<Model> all = new ArrayList<>();
        for (Model model : models) {
            Model twin = places.putIfAbsent(model.stem, model);
            all.add(
                    twin == null || !model.problem.isEmpty()
                            ? model
                            : new Model(
                                    model.files,
                                    model.stem,
                                    "would be written where "
                                            + twin.files.get(0).path() + " goes"));
        }
        return all;
    }
}
