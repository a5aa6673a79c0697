package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tensors by name, and what lay between them, as far as a walk has come. */
final class Found {
    /** One tensor under the name that its path makes. */
    record Named(String name, View view) {}

    /** A header could not hold more. */
    private static final long MOST_NAME_BYTES = 100_000_000;

    /** More lines than anyone reads. */
    private static final int MOST_OMISSIONS = 10_000;

    /** A tensor that cannot be read, under its name. Fatal, unless the caller does not want it anyway. */
    record Unreadable(String name, CheckpointException reason, boolean canWiden) {}

    /** As compressed-tensors calls them. */
    private static final String SCALE = "_scale";

    private static final String ZERO_POINT = "_zero_point";

    private final Budget budget;
    final List<Named> tensors = new ArrayList<>();
    final List<Omission> skipped = new ArrayList<>();
    final List<Unreadable> unreadable = new ArrayList<>();
    /** What only training needs, and was left out with all that is in it. */
    final List<Omission> training = new ArrayList<>();

    /** Tensors that are given out in another form, and what that is. */
    final Map<String, String> widened = new LinkedHashMap<>();

    private long notListed;
    private long nameBytes;

    Found(Budget budget) {
        this.budget = budget;
    }

    void tensor(String name, View view) throws CheckpointException {
        budget.charge(250 + 16L * view.rank());
        chargeName(name);
        tensors.add(new Named(name, view));
    }

    void unreadable(String name, CheckpointException reason, boolean canWiden) throws CheckpointException {
        budget.charge(1000);
        chargeName(name);
        unreadable.add(new Unreadable(name, reason, canWiden));
    }

    /** A tensor that is given out in another form. */
    void widened(String name, View view) throws CheckpointException {
        tensor(name, view);
        widened.put(name, "complex128 to " + view.dtype());
    }

    void widened(String name, Quantized parts) throws CheckpointException {
        tensor(name, parts.codes());
        tensor(name + SCALE, parts.scale());
        tensor(name + ZERO_POINT, parts.zeroPoint());
        widened.put(
                name,
                parts.codes().type().name() + " to " + parts.codes().dtype() + " with " + SCALE + " and " + ZERO_POINT
                        + " beside it");
    }

    private void chargeName(String name) throws CheckpointException {
        nameBytes += name.length();
        if (nameBytes > MOST_NAME_BYTES) {
            throw new CheckpointException(
                    Kind.LIMIT, "the names of its tensors take more than " + MOST_NAME_BYTES + " bytes together");
        }
        budget.charge(2L * name.length());
    }

    void skip(String path, String reason) throws CheckpointException {
        if (skipped.size() == MOST_OMISSIONS) {
            notListed++;
            return;
        }
        budget.charge(100 + 2L * path.length() + reason.length());
        skipped.add(new Omission(path, reason));
    }

    void training(String path, String reason) throws CheckpointException {
        budget.charge(100 + 2L * path.length() + reason.length());
        training.add(new Omission(path, reason));
    }

    /** Replaces what was skipped since there were {@code mark} lines by one line, where all of it is one thing. */
    void summarize(int mark, String path, String reason) throws CheckpointException {
        forget(mark);
        skip(path, reason);
    }

    /** Drops what was skipped since there were {@code mark} lines. */
    void forget(int mark) {
        skipped.subList(mark, skipped.size()).clear();
    }

    /** How many tensors, readable or not. */
    int size() {
        return tensors.size() + unreadable.size();
    }

    /** How many were skipped, but are not in the list, which would be too long. */
    long notListed() {
        return notListed;
    }
}
