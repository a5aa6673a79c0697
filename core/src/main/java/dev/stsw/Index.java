package dev.stsw;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What to take of one dimension of a tensor, by NumPy's rules: negative numbers count from its end, ranges may be
/// larger than it and are cut, and negative steps run backwards. For [Tensor#slice(Index...)]. Immutable.
public final class Index {
    private static final Index ALL = new Index(null, null, 1, Kind.RANGE);
    private static final Index REST = new Index(null, null, 1, Kind.REST);
    private static final String NUMBER = "\\s*([+-]?[0-9]+)?\\s*";
    private static final Pattern RANGE = Pattern.compile(NUMBER + "(?:(:)" + NUMBER + "(?::" + NUMBER + ")?)?");

    private enum Kind {
        SINGLE,
        RANGE,
        REST
    }

    /// Null: from or to the end at which the step begins or stops.
    private final @Nullable Long from;
    private final @Nullable Long to;
    private final long step;
    private final Kind kind;

    private Index(@Nullable Long from, @Nullable Long to, long step, Kind kind) {
        this.from = from;
        this.to = to;
        // The one number whose opposite is none; no tensor is large enough to tell the difference.
        this.step = Math.max(step, -Long.MAX_VALUE);
        this.kind = kind;
    }

    /// One index, whose dimension disappears: NumPy's `i`.
    public static Index at(long index) {
        return new Index(index, null, 1, Kind.SINGLE);
    }

    /// From one index to another, exclusive: `from:to`.
    public static Index range(long from, long to) {
        return new Index(from, to, 1, Kind.RANGE);
    }

    /// From an index to the end: `from:`.
    public static Index from(long from) {
        return new Index(from, null, 1, Kind.RANGE);
    }

    /// From the start to an index, exclusive: `:to`.
    public static Index to(long to) {
        return new Index(null, to, 1, Kind.RANGE);
    }

    /// The whole dimension: `:`.
    public static Index all() {
        return ALL;
    }

    /// As many whole dimensions as the other indices leave: `...`, at most once.
    public static Index rest() {
        return REST;
    }

    /// Every `step`-th index of this range: `from:to:step`. With a negative step it begins at `from` and runs
    /// backwards, without `from` at the last index: `Index.all().step(-1)` is `::-1`.
    ///
    /// @throws IllegalArgumentException if the step is 0
    /// @throws IllegalStateException if this is no range
    public Index step(long step) {
        if (step == 0) {
            throw new IllegalArgumentException("an index cannot have step 0");
        }
        if (kind != Kind.RANGE) {
            throw new IllegalStateException(this + " is no range that could have a step");
        }
        return new Index(from, to, step, Kind.RANGE);
    }

    /// Indices as they stand between NumPy's brackets: `1:3, ..., -1`, `::2`.
    ///
    /// @throws IllegalArgumentException if the text is something else
    public static List<Index> parse(String text) {
        List<Index> indices = new ArrayList<>();
        String[] parts = text.split(",", -1);
        for (int i = 0; i < parts.length; i++) {
            // As a tuple, they may end in a comma.
            if (i == 0 || i < parts.length - 1 || !parts[i].isBlank()) {
                indices.add(parseOne(parts[i], text));
            }
        }
        return Collections.unmodifiableList(indices);
    }

    private static Index parseOne(String part, String text) {
        if (part.strip().equals("...")) {
            return REST;
        }
        Matcher found = RANGE.matcher(part);
        boolean fits = found.matches();
        Long from = fits ? number(found.group(1)) : null;
        if (!fits || (found.group(2) == null && from == null)) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no index: expected numbers, ranges as 1:5 or 8:0:-2, and"
                            + " ... for what is between, with commas");
        }
        if (found.group(2) == null) {
            return at(Objects.requireNonNull(from));
        }
        Long step = number(found.group(4));
        return new Index(from, number(found.group(3)), 1, Kind.RANGE).step(step == null ? 1 : step);
    }

    /// Beyond the range of long, the end of it: no dimension is as large.
    private static @Nullable Long number(@Nullable String digits) {
        if (digits == null) {
            return null;
        }
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException e) {
            return digits.startsWith("-") ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /// One index for each of `rank` dimensions.
    static List<Index> spread(List<Index> indices, int rank) {
        int rest = indices.indexOf(REST);
        if (rest != indices.lastIndexOf(REST)) {
            throw new IllegalArgumentException("more than one ... among the indices " + indices);
        }
        int given = indices.size() - (rest < 0 ? 0 : 1);
        if (given > rank) {
            throw new IndexOutOfBoundsException(given + " indices for " + rank + " dimensions");
        }
        List<Index> each = new ArrayList<>(indices);
        List<Index> whole = Collections.nCopies(rank - given, ALL);
        if (rest >= 0) {
            each.remove(rest);
        }
        each.addAll(rest < 0 ? each.size() : rest, whole);
        return each;
    }

    boolean isSingle() {
        return kind == Kind.SINGLE;
    }

    long step() {
        return step;
    }

    /// As it was given; of a single index.
    long from() {
        return Objects.requireNonNull(from);
    }

    /// The first index in a dimension of this size; a single one may be outside.
    long first(long size) {
        if (isSingle()) {
            return from() < 0 ? from() + size : from();
        }
        return bound(from, step > 0 ? 0 : size - 1, size);
    }

    /// How many indices a range has in a dimension of this size.
    long count(long size) {
        long start = first(size);
        long stop = bound(to, step > 0 ? size : -1, size);
        long distance = step > 0 ? stop - start : start - stop;
        return distance <= 0 ? 0 : (distance - 1) / Math.abs(step) + 1;
    }

    private long bound(@Nullable Long given, long otherwise, long size) {
        if (given == null) {
            return otherwise;
        }
        long lowest = step > 0 ? 0 : -1;
        long highest = step > 0 ? size : size - 1;
        return given < 0 ? Math.max(given + size, lowest) : Math.min(given, highest);
    }

    /// As NumPy writes it.
    @Override
    public String toString() {
        return switch (kind) {
            case SINGLE -> Long.toString(from());
            case REST -> "...";
            case RANGE -> (from == null ? "" : from) + ":" + (to == null ? "" : to) + (step == 1 ? "" : ":" + step);
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Index index
                && kind == index.kind
                && step == index.step
                && Objects.equals(from, index.from)
                && Objects.equals(to, index.to);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, from, to, step);
    }
}
