package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rule of where tensors lie: one after the other from byte 0 of the data section to its end, each as long as its
 * dtype and shape say ({@code Metadata::validate} in the reference's tensor.rs).
 */
final class Layout {
    private Layout() {}

    /** Checks that the entries cover a data section of {@code dataSize} bytes exactly. */
    static void check(HeaderParser parsed, List<TensorMeta> entries, long dataSize) throws HeaderException {
        if (!parsed.contiguous() || parsed.covered() != dataSize) {
            checkAll(parsed, entries, dataSize, false);
        }
    }

    /**
     * Checks that no entries share bytes, and that a data section of {@code dataSize} bytes holds them all.
     *
     * @return bytes that belong to no entry
     */
    static long checkWithHoles(HeaderParser parsed, List<TensorMeta> entries, long dataSize) throws HeaderException {
        return checkAll(parsed, entries, dataSize, true);
    }

    private static long checkAll(HeaderParser parsed, List<TensorMeta> entries, long dataSize, boolean holes)
            throws HeaderException {
        List<TensorMeta> tensors = new ArrayList<>(entries);
        Integer[] order = new Integer[tensors.size()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> byOffset(tensors.get(a), tensors.get(b)));
        long next = 0;
        long covered = 0;
        for (int index : order) {
            TensorMeta tensor = tensors.get(index);
            checkOne(tensor, parsed.names().position(index), next, holes);
            requireWithin(dataSize, tensor, parsed, tensors, parsed.names().position(index));
            next = tensor.offsetEnd();
            covered += tensor.byteSize();
        }
        if (next != dataSize && !holes) {
            throw new HeaderException(
                    null,
                    Fault.NOT_COVERED,
                    "the tensors cover bytes 0.." + next + " of the data section, which has " + dataSize + ": the last "
                            + (dataSize - next) + " belong to none");
        }
        return dataSize - covered;
    }

    private static int byOffset(TensorMeta a, TensorMeta b) {
        int begin = Long.compare(a.offsetBegin(), b.offsetBegin());
        return begin != 0 ? begin : Long.compare(a.offsetEnd(), b.offsetEnd());
    }

    /** Checks one tensor that must begin at {@code next}, or may begin later where holes are allowed. */
    private static void checkOne(TensorMeta tensor, int at, long next, boolean holes) throws HeaderException {
        long begin = tensor.offsetBegin();
        long end = tensor.offsetEnd();
        if (begin > next && !holes) {
            throw error(
                    Fault.HOLE,
                    tensor,
                    at,
                    "expected to begin at " + next + ", so bytes " + next + ".." + begin + " belong to no tensor");
        }
        if (begin < next) {
            throw error(
                    Fault.OVERLAP,
                    tensor,
                    at,
                    "expected to begin at " + next + ", so it overlaps the tensor before it");
        }
        long size;
        try {
            size = tensor.dtype().byteSize(tensor.shape().elementCount());
        } catch (ArithmeticException e) {
            throw error(Fault.BAD_SHAPE, tensor, at, e.getMessage());
        }
        if (end - begin != size) {
            throw error(
                    Fault.WRONG_SIZE,
                    tensor,
                    at,
                    "its dtype and shape make " + size + " bytes, its offsets " + (end - begin));
        }
    }

    private static void requireWithin(
            long dataSize, TensorMeta tensor, HeaderParser parsed, List<TensorMeta> all, int at)
            throws HeaderException {
        if (tensor.offsetEnd() <= dataSize) {
            return;
        }
        long end = all.stream().mapToLong(TensorMeta::offsetEnd).max().orElseThrow();
        throw error(
                Fault.TRUNCATED,
                tensor,
                at,
                "the file is truncated: it should have " + Long.toUnsignedString(parsed.length() + end)
                        + " bytes and has " + (parsed.length() + dataSize));
    }

    private static HeaderException error(Fault fault, TensorMeta tensor, int at, @Nullable String problem) {
        return new HeaderException(
                null,
                fault,
                "tensor " + Names.quote(tensor.name()) + " (header byte " + at + "; " + tensor.dtype() + " "
                        + tensor.shape() + ", bytes " + tensor.offsetBegin() + ".." + tensor.offsetEnd() + "): "
                        + problem);
    }
}
