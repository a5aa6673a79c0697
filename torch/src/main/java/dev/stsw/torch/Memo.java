package dev.stsw.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pickle's numbered values. Picklers count upwards, so a list holds nearly all; wild numbers go to a map. */
final class Memo {
    /** cPickle of Python 2 begins at 1, and nobody else leaves gaps. */
    private static final int LARGEST_GAP = 16;

    private final List<@Nullable Value> dense = new ArrayList<>();
    private final Map<Long, Value> sparse = new HashMap<>();
    private final Budget budget;
    private long size;

    Memo(Budget budget) {
        this.budget = budget;
    }

    @Nullable
    Value get(long index) {
        return index < dense.size() ? dense.get((int) index) : sparse.get(index);
    }

    /** Under the number that MEMOIZE stands for: how many there are. */
    void add(Value value) throws CheckpointException {
        put(size, value);
    }

    void put(long index, Value value) throws CheckpointException {
        if (get(index) == null) {
            size++;
        }
        if (index < dense.size()) {
            dense.set((int) index, value);
        } else if (index - dense.size() <= LARGEST_GAP && sparse.isEmpty()) {
            budget.charge(8 * (1 + index - dense.size()));
            while (dense.size() < index) {
                dense.add(null);
            }
            dense.add(value);
        } else {
            budget.charge(80);
            sparse.put(index, value);
        }
    }
}
