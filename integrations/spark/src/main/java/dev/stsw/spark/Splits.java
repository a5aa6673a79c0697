package dev.stsw.spark;

import java.util.ArrayList;
import java.util.List;

/** Divides files among tasks: large ones are split, small ones packed. */
final class Splits {
    /** What opening a file is taken to cost, as Spark does for its own formats. */
    static final long OPEN_COST = 4 << 20;

    private Splits() {}

    /**
     * @param splitBytes how much a task reads, about
     * @param headersOnly whether the size of a file does not matter
     */
    static List<List<FileRange>> plan(List<Listing.Entry> files, long splitBytes, boolean headersOnly) {
        if (splitBytes < 1) {
            throw new IllegalArgumentException("a task cannot read " + splitBytes + " bytes");
        }
        List<List<FileRange>> tasks = new ArrayList<>();
        List<FileRange> open = new ArrayList<>();
        long filled = 0;
        for (Listing.Entry file : files) {
            for (FileRange range : ranges(file, headersOnly ? Long.MAX_VALUE : splitBytes)) {
                long cost = (headersOnly ? 0 : range.length()) + OPEN_COST;
                if (!open.isEmpty() && cost > splitBytes - filled) {
                    tasks.add(open);
                    open = new ArrayList<>();
                    filled = 0;
                }
                open.add(range);
                filled += cost;
            }
        }
        if (!open.isEmpty()) {
            tasks.add(open);
        }
        return tasks;
    }

    private static List<FileRange> ranges(Listing.Entry file, long splitBytes) {
        List<FileRange> ranges = new ArrayList<>();
        long from = 0;
        while (file.size() - from > splitBytes) {
            ranges.add(new FileRange(file.file(), file.path(), file.size(), from, from + splitBytes));
            from += splitBytes;
        }
        ranges.add(new FileRange(file.file(), file.path(), file.size(), from, Long.MAX_VALUE));
        return ranges;
    }
}
