package dev.stsw.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The stack of the pickle machine. Marks lie beside it, so that they can never be taken for values. */
final class PickleStack {
    /** The program does what no pickler writes. {@link PickleReader#read} adds the place and makes it checked. */
    static final class Misuse extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Misuse(String problem) {
            super(problem);
        }
    }

    private final List<Value> values = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private final Budget budget;
    private int charged;

    PickleStack(Budget budget) {
        this.budget = budget;
    }

    void push(Value value) throws CheckpointException {
        if (values.size() == charged) {
            int step = Math.max(64, charged / 2);
            budget.charge(12L * step);
            charged += step;
        }
        values.add(value);
    }

    /** The topmost value; null if there is none. */
    @Nullable
    Value top() {
        return values.isEmpty() ? null : values.get(values.size() - 1);
    }

    Value peek() {
        requireAboveMark(1);
        return values.get(values.size() - 1);
    }

    Value pop() {
        requireAboveMark(1);
        return values.remove(values.size() - 1);
    }

    /** The topmost {@code count} values, the deepest first. */
    List<Value> pop(int count) {
        requireAboveMark(count);
        return take(values.size() - count);
    }

    void mark() throws CheckpointException {
        budget.charge(24);
        marks.push(values.size());
    }

    /** All values above the last mark, which goes away. */
    List<Value> popToMark() {
        if (marks.isEmpty()) {
            throw new Misuse("no mark on the stack");
        }
        return take(marks.pop());
    }

    /** POP: the topmost value, or the mark if that is on top. */
    void drop() {
        if (!marks.isEmpty() && marks.getFirst() == values.size()) {
            marks.pop();
        } else {
            pop();
        }
    }

    private List<Value> take(int from) {
        List<Value> top = values.subList(from, values.size());
        List<Value> taken = List.copyOf(top);
        top.clear();
        return taken;
    }

    private void requireAboveMark(int count) {
        int floor = marks.isEmpty() ? 0 : marks.getFirst();
        if (values.size() - floor < count) {
            throw new Misuse("the stack is empty");
        }
    }
}
