package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Finds each parameter in the vectors that ZeRO cut all of them into, as DeepSpeed's {@code zero_to_fp32.py} does.
 *
 * <p>Stages 1 and 2 put the parameters of a group one behind the other, and cut that vector into one part for each process.
 * Stage 3 cuts each parameter into equal parts, the last one padded, and puts those of one process one behind the other.
 */
final class DeepSpeedParts {
    /** Vectors that lie in one file each, taken as one. */
    private static final class Joined {
        private final List<View> views = new ArrayList<>();
        private final List<String> files = new ArrayList<>();
        long elements;

        void add(View view, String file) {
            views.add(view);
            files.add(file);
            elements += view.elements();
        }

        /** Adds elements {@code from} to {@code from + count} to the pieces of a tensor, which go on at {@code at}. */
        void slice(String name, long from, long count, long at, List<Piece> pieces) {
            long start = 0;
            for (int i = 0; i < views.size(); i++) {
                View view = views.get(i);
                long first = Math.max(from, start);
                long last = Math.min(from + count, start + view.elements());
                if (first < last) {
                    View part = view.part(new long[] {first - start}, new long[] {last - first});
                    Box box = new Box(new long[] {at + first - from}, new long[] {last - first});
                    pieces.add(new Piece(box, "tensor " + Quote.text(name) + " in " + files.get(i), () -> part));
                }
                start += view.elements();
            }
        }
    }

    private final Map<String, List<Piece>> pieces = new LinkedHashMap<>();

    /** The pieces of each parameter, as parts of a vector of its elements. */
    Map<String, List<Piece>> pieces() {
        return pieces;
    }

    private static long count(long[] shape) {
        return Box.all(shape).elements();
    }

    private static long roundedUp(long count, long parts) {
        return count / parts + (count % parts == 0 ? 0 : 1);
    }

    private List<Piece> added(String name) throws CheckpointException {
        List<Piece> list = new ArrayList<>();
        if (pieces.put(name, list) != null) {
            throw new CheckpointException(Kind.CORRUPT, "two parameters are called " + Quote.text(name));
        }
        return list;
    }

    /**
     * Stages 1 and 2.
     *
     * @param vectors of each process, one for each group
     */
    void whole(List<Map<String, long[]>> groups, List<DeepSpeedState> states, List<List<View>> vectors)
            throws CheckpointException {
        for (int i = 0; i < groups.size(); i++) {
            Joined joined = new Joined();
            for (int rank = 0; rank < states.size(); rank++) {
                if (vectors.get(rank).size() != groups.size()) {
                    throw states.get(rank)
                            .corrupt("has " + vectors.get(rank).size() + " vectors for " + groups.size()
                                    + " groups of parameters");
                }
                joined.add(vectors.get(rank).get(i), states.get(rank).file());
            }
            long offset = 0;
            for (Map.Entry<String, long[]> parameter : groups.get(i).entrySet()) {
                long count = count(parameter.getValue());
                requireRoom(parameter.getKey(), count, joined.elements - offset);
                joined.slice(parameter.getKey(), offset, count, 0, added(parameter.getKey()));
                offset += count;
            }
            // The end is padded so that all processes have parts of the same size, with something to align each.
            long align = 2L * states.size();
            requireSame(i, roundedUp(offset, align), roundedUp(joined.elements, align));
        }
    }

    /** Stage 3, where groups follow each other as if they were one. */
    void cut(List<Map<String, long[]>> groups, List<DeepSpeedState> states, List<List<View>> vectors)
            throws CheckpointException {
        List<Joined> ranks = new ArrayList<>();
        for (int rank = 0; rank < states.size(); rank++) {
            Joined joined = new Joined();
            for (View vector : vectors.get(rank)) {
                joined.add(vector, states.get(rank).file());
            }
            ranks.add(joined);
        }
        long offset = 0;
        for (Map<String, long[]> group : groups) {
            for (Map.Entry<String, long[]> parameter : group.entrySet()) {
                long count = count(parameter.getValue());
                long part = roundedUp(count, ranks.size());
                List<Piece> list = added(parameter.getKey());
                for (int rank = 0; rank < ranks.size(); rank++) {
                    requireRoom(parameter.getKey(), part, ranks.get(rank).elements - offset);
                    long at = Math.min(count, rank * part);
                    ranks.get(rank).slice(parameter.getKey(), offset, Math.min(part, count - at), at, list);
                }
                offset += part;
            }
        }
        for (int rank = 0; rank < ranks.size(); rank++) {
            requireSame(rank, offset, ranks.get(rank).elements);
        }
    }

    /** Parameters that were not trained, which no optimizer has. Under stage 3 each process has a part of each. */
    void frozen(Map<String, long[]> shapes, List<DeepSpeedState> models) throws CheckpointException {
        for (DeepSpeedState model : models) {
            Map<String, View> fragments = model.tensors("frozen_param_fragments", shapes.keySet());
            for (Map.Entry<String, long[]> parameter : shapes.entrySet()) {
                String name = parameter.getKey();
                View view = fragments.get(name);
                if (view == null) {
                    throw model.corrupt("lacks the frozen parameter " + Quote.text(name));
                }
                long count = count(parameter.getValue());
                List<Piece> list = model == models.get(0) ? added(name) : Objects.requireNonNull(pieces.get(name));
                long at =
                        list.stream().mapToLong(piece -> piece.box().elements()).sum();
                long size = Math.min(count - at, view.elements());
                View part =
                        size == view.elements() || view.rank() != 1 ? view : view.part(new long[1], new long[] {size});
                if (part.elements() > size) {
                    throw model.corrupt("has too much of the frozen parameter " + Quote.text(name));
                }
                if (size > 0) {
                    list.add(new Piece(
                            new Box(new long[] {at}, new long[] {size}),
                            "tensor " + Quote.text(name) + " in " + model.file(),
                            () -> part));
                }
            }
        }
    }

    private static void requireRoom(String name, long count, long left) throws CheckpointException {
        if (count > left) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    "tensor " + Quote.text(name) + " needs " + count
                            + " elements, but the vectors of the optimizer have " + left + " left");
        }
    }

    private static void requireSame(int group, long expected, long found) throws CheckpointException {
        if (expected != found) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    "the vectors of the optimizer do not fit the shapes of the parameters (vector " + group
                            + ": expected " + expected + ", found " + found + ")");
        }
    }
}
