package dev.stsw.cli;

import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Every byte of a safetensors file, and what it is for.
final class ByteMap {
    private static final long LARGEST_ALIGNMENT = 4096;

    private ByteMap() {}

    /// Some bytes of the file.
    ///
    /// @param begin position of the first one
    /// @param end position behind the last one
    /// @param what they are for
    /// @param aligned whether the position suits elements of their width; true for what has none
    record Region(long begin, long end, String what, boolean aligned) {
        /// The largest power of two that the position is a multiple of, up to a page.
        long alignment() {
            return begin == 0 ? LARGEST_ALIGNMENT : Math.min(LARGEST_ALIGNMENT, Long.lowestOneBit(begin));
        }

        void writeTo(Json object) {
            object.name("begin").number(begin).name("end").number(end);
            object.name("what").string(what).name("alignment").number(alignment());
        }
    }

    static List<Region> of(Header header) {
        List<Region> regions = new ArrayList<>();
        regions.add(new Region(0, Header.PREFIX_BYTES, "length of the header", true));
        regions.add(new Region(Header.PREFIX_BYTES, header.dataStart(), "header, with its padding", true));
        List<TensorMeta> tensors = new ArrayList<>(header.tensors());
        tensors.sort(Comparator.comparingLong(TensorMeta::offsetBegin).thenComparingLong(TensorMeta::offsetEnd));
        for (TensorMeta tensor : tensors) {
            long begin = header.dataStart() + tensor.offsetBegin();
            boolean aligned = begin % Math.max(1, tensor.dtype().bits() / 8) == 0;
            regions.add(new Region(begin, header.dataStart() + tensor.offsetEnd(), tensor.name(), aligned));
        }
        return regions;
    }

    /// One sentence about the tensors' positions.
    static String alignment(List<Region> regions) {
        List<Region> tensors = regions.subList(2, regions.size());
        long odd = tensors.stream().filter(region -> !region.aligned).count();
        if (tensors.isEmpty()) {
            return "no tensors";
        }
        long least = tensors.stream()
                .filter(region -> region.end > region.begin)
                .mapToLong(Region::alignment)
                .min()
                .orElse(LARGEST_ALIGNMENT);
        return odd == 0
                ? "all tensors begin at multiples of their elements' width, and of " + Units.count(least, "byte")
                : Units.grouped(odd) + " of " + Units.count(tensors.size(), "tensor")
                        + " begin between multiples of their elements' width";
    }
}
