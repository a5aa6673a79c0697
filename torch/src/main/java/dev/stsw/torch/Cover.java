package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks that boxes cover a tensor: each element once. */
final class Cover {
    /** Comparisons of boxes for one checkpoint, and more for each piece: in a grid, it meets those of one row. */
    private static final long STEPS = 20_000_000;

    private static final long STEPS_PER_PIECE = 256;

    private long stepsLeft = STEPS;

    /**
     * Finds what is covered twice or not at all.
     *
     * @param pieces not empty ones, all inside of the shape
     */
    void check(long[] shape, List<Box> pieces) throws CheckpointException {
        checkApart(pieces, sweepAxis(pieces, shape.length));
        long covered = pieces.stream().mapToLong(Box::elements).sum();
        long all = Box.all(shape).elements();
        if (covered < all) {
            throw corrupt("has pieces for " + covered + " of its " + all + " elements" + hole(shape, pieces));
        }
    }

    /** Boxes that begin at different places along an axis mostly end before the next ones: few to compare with. */
    private static int sweepAxis(List<Box> pieces, int rank) {
        int best = 0;
        int most = -1;
        for (int i = 0; i < rank; i++) {
            int axis = i;
            Set<Long> starts = new HashSet<>();
            pieces.forEach(piece -> starts.add(piece.from(axis)));
            if (starts.size() > most) {
                most = starts.size();
                best = i;
            }
        }
        return best;
    }

    private void checkApart(List<Box> pieces, int axis) throws CheckpointException {
        if (pieces.size() < 2) {
            return;
        }
        if (pieces.get(0).rank() == 0) {
            throw corrupt("is a scalar with " + pieces.size() + " pieces");
        }
        stepsLeft += STEPS_PER_PIECE * pieces.size();
        List<Box> sorted = new ArrayList<>(pieces);
        sorted.sort(Comparator.comparingLong(piece -> piece.from(axis)));
        List<Box> open = new ArrayList<>();
        for (Box piece : sorted) {
            step(open.size() + 1, pieces.size());
            open.removeIf(other -> other.to(axis) <= piece.from(axis));
            for (Box other : open) {
                if (piece.overlaps(other)) {
                    throw corrupt("has pieces that overlap: " + other + " and " + piece);
                }
            }
            open.add(piece);
        }
    }

    /** The first element that no piece has, looked for along the pieces; nothing where that takes too long. */
    private String hole(long[] shape, List<Box> pieces) {
        long[] point = new long[shape.length];
        for (int tries = 0; tries < 10_000_000 / (pieces.size() + 1); tries++) {
            Box piece = pieces.stream()
                    .filter(box -> box.contains(point))
                    .findFirst()
                    .orElse(null);
            if (piece == null) {
                return "; nothing holds ["
                        + Arrays.stream(point).mapToObj(Long::toString).collect(Collectors.joining(", ")) + "]";
            }
            int axis = shape.length - 1;
            while (axis > 0 && piece.size(axis) == shape[axis]) {
                axis--;
            }
            point[axis] = piece.to(axis);
            Arrays.fill(point, axis + 1, shape.length, 0);
            for (int i = axis; i > 0 && point[i] == shape[i]; i--) {
                point[i] = 0;
                point[i - 1]++;
            }
        }
        return "";
    }

    private void step(int count, int pieces) throws CheckpointException {
        stepsLeft -= count;
        if (stepsLeft < 0) {
            throw new CheckpointException(
                    Kind.LIMIT, "has " + pieces + " pieces that lie so crosswise that comparing them takes too long");
        }
    }

    private static CheckpointException corrupt(String problem) {
        return new CheckpointException(Kind.CORRUPT, problem);
    }
}
