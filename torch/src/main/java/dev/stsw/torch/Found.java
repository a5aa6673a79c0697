package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.util.ArrayList;
import java.util.List;

/** Tensors by name, and what lay between them, as far as a walk has come. */
final class Found {
    /** One tensor under the name that its path makes. */
    record Named(String name, View view) {}

    /** A header could not hold more. */
    private static final long MOST_NAME_BYTES = 100_000_000;

    /** More lines than anyone reads. */
    private static final int MOST_OMISSIONS = 10_000;

    /** A tensor that cannot be read, under its name. Fatal, unless the caller does not want it anyway. */
    record Unreadable(String name, CheckpointException reason) {}

    private final Budget budget;
    final List<Named> tensors = new ArrayList<>();
    final List<Omission> skipped = new ArrayList<>();
    final List<Unreadable> unreadable = new ArrayList<>();
    /** What only training needs, and was left out with all that is in it. */
    final List<Omission> training = new ArrayList<>();

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

    void unreadable(String name, CheckpointException reason) throws CheckpointException {
        budget.charge(1000);
        chargeName(name);
        unreadable.add(new Unreadable(name, reason));
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
        skipped.subList(mark, skipped.size()).clear();
        skip(path, reason);
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
