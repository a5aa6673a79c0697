package dev.stsw.stream;

import dev.stsw.format.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How many values of a weight, in each of its dimensions, share a scale. Immutable. */
final class Blocks {
    /** DeepSeek's, and that of all who say nothing else. */
    private static final long USUAL = 128;

    private final Shape weight;
    /** In each dimension of the weight; the last block may be cut off. */
    private final long[] sizes;

    private Blocks(Shape weight, long[] sizes) {
        this.weight = weight;
        this.sizes = sizes;
    }

    /** All values share one. */
    static Blocks one(Shape weight) {
        return new Blocks(weight, whole(weight));
    }

    /** Not 0 where there is nothing, because lengths are divided by it. */
    private static long[] whole(Shape weight) {
        return Arrays.stream(weight.toArray())
                .map(length -> Math.max(length, 1))
                .toArray();
    }

    /** Runs of so many in the last dimension. */
    static Blocks runs(Shape weight, long length) {
        long[] sizes = new long[weight.rank()];
        Arrays.fill(sizes, 1);
        sizes[sizes.length - 1] = length;
        return new Blocks(weight, sizes);
    }

    /**
     * What the shapes say: a scale for all, for each of the first dimensions (rows or experts), or for each block.
     *
     * @param hint sizes of blocks in the last two dimensions, where somebody knows them
     * @return empty if the shapes do not belong together, or leave it open
     */
    static Optional<Blocks> of(Shape weight, Shape scale, Optional<long[]> hint) {
        if (scale.elementCount() == 1) {
            return Optional.of(one(weight));
        }
        int rank = weight.rank();
        if (scale.rank() > rank || scale.rank() == 0) {
            return Optional.empty();
        }
        long[] sizes = whole(weight);
        for (int i = 0; i < scale.rank(); i++) {
            long known = hint.isPresent() && rank >= 2 && i >= rank - 2 ? hint.get()[i - (rank - 2)] : 0;
            boolean mayBlock = scale.rank() == rank && i >= rank - 2;
            long size = size(weight.dimension(i), scale.dimension(i), mayBlock, known);
            if (size == 0) {
                return Optional.empty();
            }
            sizes[i] = size;
        }
        return Optional.of(new Blocks(weight, sizes));
    }

    /** The length of a dimension's blocks, 0 if there is none or it is not clear. */
    private static long size(long length, long scales, boolean mayBlock, long known) {
        if (scales == 1) {
            return Math.max(length, 1);
        }
        if (scales == length) {
            return 1;
        }
        if (!mayBlock || scales == 0 || scales > length) {
            return 0;
        }
        if (known > 0 && count(length, known) == scales) {
            return known;
        }
        if (count(length, USUAL) == scales) {
            return USUAL;
        }
        for (long power = 2; power < length; power *= 2) {
            // A divisor may be meant as well, then.
            boolean clear = length % power == 0 || length % scales != 0;
            if (count(length, power) == scales) {
                return clear ? power : 0;
            }
        }
        return 0;
    }

    private static long count(long length, long size) {
        return length / size + (length % size == 0 ? 0 : 1);
    }

    /** How many blocks there are in a dimension of the weight. */
    long count(int dimension) {
        return count(weight.dimension(dimension), sizes[dimension]);
    }

    /** The weight's own. */
    long length(int dimension) {
        return weight.dimension(dimension);
    }

    long size(int dimension) {
        return sizes[dimension];
    }

    int rank() {
        return sizes.length;
    }

    /** How many there are in all. */
    long count() {
        long count = 1;
        for (int i = 0; i < sizes.length; i++) {
            count = Math.multiplyExact(count, count(i));
        }
        return count;
    }

    /**
     * How many values that follow each other share a scale that is used once, so that scales can be read as they come;
     * 0 if they are used again later.
     */
    long run() {
        int last = sizes.length - 1;
        if (last < 0 || weight.dimension(last) % sizes[last] != 0) {
            return 0;
        }
        for (int i = 0; i < last; i++) {
            if (sizes[i] != 1 && weight.dimension(i) != 1) {
                return 0;
            }
        }
        return sizes[last];
    }

    /** For people. */
    String describe() {
        int last = sizes.length - 1;
        if (count() <= 1) {
            return "one scale";
        }
        boolean wholeRows = sizes[last] == weight.dimension(last);
        if (last == 0 || !wholeRows || sizes[last - 1] != 1) {
            return "blocks of "
                    + Arrays.stream(sizes)
                            .skip(Math.max(0, last - 1))
                            .mapToObj(Long::toString)
                            .collect(Collectors.joining(" x "));
        }
        return "a scale per row";
    }
}
