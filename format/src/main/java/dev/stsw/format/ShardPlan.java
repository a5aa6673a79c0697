package dev.stsw.format;

import java.util.ArrayList;
import java.util.List;

/** Which tensors go into which of several files. */
public final class ShardPlan {
    /**
     * A shard of so many small tensors that its header would exceed the format's limit ends earlier. Half a
     * megabyte is left to metadata.
     */
    private static final long MOST_HEADER_BYTES = Header.MAX_JSON_BYTES - (1 << 19);

    /**
     * All of an entry but its name and its shape: keys, quotes, the longest dtype, two offsets of 19 digits, a
     * checksum.
     */
    private static final int ENTRY_BYTES = 112;

    private static final int DIMENSION_BYTES = 20;

    private ShardPlan() {}

    /**
     * In the given order, each file as full as it can be; a tensor above the limit has one to itself. At least one file,
     * which is empty where there are no tensors.
     *
     * @param limit bytes of tensors in one file
     * @throws IllegalArgumentException if the limit is not positive
     */
    public static List<List<TensorSpec>> of(List<TensorSpec> tensors, long limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a shard cannot be of " + limit + " bytes");
        }
        List<List<TensorSpec>> parts = new ArrayList<>();
        int from = 0;
        long size = 0;
        long header = 0;
        for (int i = 0; i < tensors.size(); i++) {
            long next = tensors.get(i).byteSize();
            long entry = mostBytes(tensors.get(i));
            if (i > from && (next > limit - size || entry > MOST_HEADER_BYTES - header)) {
                parts.add(tensors.subList(from, i));
                from = i;
                size = 0;
                header = 0;
            }
            size += next;
            header += entry;
        }
        parts.add(tensors.subList(from, tensors.size()));
        return parts;
    }

    /**
     * What a tensor's entry may take in a header, and its checksum: a character of its name up to three bytes, or six
     * where it is escaped.
     */
    private static long mostBytes(TensorSpec tensor) {
        long name = 0;
        for (int i = 0; i < tensor.name().length(); i++) {
            char c = tensor.name().charAt(i);
            name += c < ' ' || c == '"' || c == '\\' ? 6 : c < 0x80 ? 1 : 3;
        }
        return name + ENTRY_BYTES + (long) DIMENSION_BYTES * tensor.shape().rank();
    }
}
