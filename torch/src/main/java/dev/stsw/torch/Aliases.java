package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointOptions.Shared;
import dev.stsw.torch.Found.Named;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tensors that share memory.
 *
 * <p>The same view under several names is one tensor: one name is kept. That is the first in the checkpoint, because
 * it is the one that models look for (transformers' {@code save_pretrained} keeps it); the reference's converter keeps the
 * first of the alphabet. Views that only overlap differ in values or shape, so each is
 * given out with its own bytes; the reference would drop all but one of those and lose them.
 */
final class Aliases {
    /** Everything that makes two views the same. Strides of dimensions with one element do not matter. */
    private record Identity(
            Object storage, Object type, long start, List<Long> sizes, List<Long> strides, ElementFix fix) {
        static Identity of(View view) {
            List<Long> sizes = new ArrayList<>();
            List<Long> strides = new ArrayList<>();
            for (int i = 0; i < view.rank(); i++) {
                sizes.add(view.size(i));
                strides.add(view.size(i) == 1 ? 0 : view.stride(i));
            }
            return new Identity(view.storage().stored(), view.type(), view.start(), sizes, strides, view.fix());
        }
    }

    private final Map<String, String> removed = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private Aliases() {}

    static Aliases find(List<Named> tensors, Shared treatment, List<String> kept) throws CheckpointException {
        Aliases aliases = new Aliases();
        if (treatment != Shared.DUPLICATE) {
            Map<Identity, List<Named>> groups = new LinkedHashMap<>();
            for (Named tensor : tensors) {
                if (tensor.view().byteSize() > 0) {
                    groups.computeIfAbsent(Identity.of(tensor.view()), identity -> new ArrayList<>(1))
                            .add(tensor);
                }
            }
            for (List<Named> group : groups.values()) {
                aliases.keepOne(group, treatment, kept);
            }
        }
        aliases.findOverlaps(tensors, treatment);
        return aliases;
    }

    private void keepOne(List<Named> group, Shared treatment, List<String> kept) throws CheckpointException {
        if (group.size() == 1) {
            return;
        }
        List<String> names = group.stream().map(Named::name).toList();
        if (treatment == Shared.ERROR) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "tensors " + Quote.text(names.get(0)) + " and " + Quote.text(names.get(1)) + " are the same one");
        }
        Set<String> all = new HashSet<>(names);
        String first = kept.stream().filter(all::contains).findFirst().orElse(names.get(0));
        for (String name : names) {
            if (!name.equals(first)) {
                removed.put(name, first);
            }
        }
    }

    /** Compares neighbours by place: enough to say that there are overlaps, which is all that is needed. */
    private void findOverlaps(List<Named> tensors, Shared treatment) throws CheckpointException {
        List<Named> sorted = new ArrayList<>(tensors);
        sorted.removeIf(tensor -> tensor.view().byteSize() == 0 || removed.containsKey(tensor.name()));
        sorted.sort(Comparator.<Named>comparingLong(
                        tensor -> tensor.view().storage().stored().start())
                .thenComparingLong(tensor -> tensor.view().start()));
        int overlaps = 0;
        String first = "";
        for (int i = 1; i < sorted.size(); i++) {
            View before = sorted.get(i - 1).view();
            View view = sorted.get(i).view();
            boolean same = before.storage().stored().equals(view.storage().stored());
            if (same && view.start() < before.end() && overlaps++ == 0) {
                first = "tensors " + Quote.text(sorted.get(i - 1).name()) + " and "
                        + Quote.text(sorted.get(i).name()) + " share memory";
            }
        }
        if (overlaps > 0 && treatment == Shared.ERROR) {
            throw new CheckpointException(Kind.UNSUPPORTED, first);
        }
        if (overlaps > 0 && treatment == Shared.KEEP_FIRST) {
            warnings.add(first + (overlaps > 1 ? ", and " + (overlaps - 1) + " other pairs" : "")
                    + ", but are not the same; each was given its own copy");
        }
    }

    /** Names that were removed, each with the name that was kept. */
    Map<String, String> removed() {
        return removed;
    }

    List<String> warnings() {
        return warnings;
    }
}
