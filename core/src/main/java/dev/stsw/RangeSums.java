package dev.stsw;

import dev.stsw.format.Checksums;
import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/// CRC-32s of ranges of a file that lie one after the other, computed from blocks in any order. What is left of a range
/// at the edges of blocks is put together in the end.
///
/// Takes 4 bytes a range, and 8 bytes a block.
final class RangeSums {
    private final long begin;
    /// Where each range ends, from `begin` on; the next one begins there.
    private final long[] ends;
    private final int[] sums;
    /// By block: the sum of what a range that began before has in it.
    private final int[] heads;
    /// By block: the sum of what a range that goes on behind it has in it.
    private final int[] tails;

    private RangeSums(long begin, long[] ends, long size) {
        this.begin = begin;
        this.ends = ends;
        this.sums = new int[ends.length];
        int blocks = Math.toIntExact((begin + size) / Blocks.BYTES - begin / Blocks.BYTES + 1);
        this.heads = new int[blocks];
        this.tails = new int[blocks];
    }

    /// The sum of each range.
    ///
    /// @param begin position in the file where the first range begins
    /// @param ends where each range ends, in bytes from `begin` on, ascending
    static int[] of(OpenFile file, long begin, long[] ends, ProgressListener progress) throws IOException {
        long size = ends.length == 0 ? 0 : ends[ends.length - 1];
        RangeSums ranges = new RangeSums(begin, ends, size);
        Blocks.forEach(file, begin, begin + size, ranges::add, progress);
        ranges.join();
        return ranges.sums;
    }

    /// Called by several threads; no two of them write to the same place.
    private void add(ByteBuffer bytes, long position) {
        int block = block(position);
        long from = position - begin;
        long to = from + bytes.remaining();
        CRC32 crc = new CRC32();
        int range = rangeAt(from);
        for (long at = from; at < to; range++) {
            long stop = Math.min(ends[range], to);
            crc.reset();
            crc.update(bytes.limit((int) (stop - from)).position((int) (at - from)));
            int sum = (int) crc.getValue();
            if (start(range) < from) {
                heads[block] = sum;
            } else if (ends[range] > to) {
                tails[block] = sum;
            } else {
                sums[range] = sum;
            }
            at = stop;
        }
    }

    /// Puts together what the edges of blocks cut.
    private void join() {
        for (int block = 1; block < heads.length; block++) {
            long edge = edge(block);
            int range = rangeAt(edge - 1);
            if (ends[range] > edge) {
                if (start(range) >= edge(block - 1)) {
                    sums[range] = tails[block - 1];
                }
                long more = Math.min(ends[range], edge(block + 1)) - edge;
                sums[range] = (int) Checksums.combine(
                        Integer.toUnsignedLong(sums[range]), Integer.toUnsignedLong(heads[block]), more);
            }
        }
    }

    private int block(long position) {
        return (int) (position / Blocks.BYTES - begin / Blocks.BYTES);
    }

    /// Where a block begins, from the first range on; the first one begins with it.
    private long edge(int block) {
        return Math.max(0, (begin / Blocks.BYTES + block) * Blocks.BYTES - begin);
    }

    private long start(int range) {
        return range == 0 ? 0 : ends[range - 1];
    }

    /// The range that has the byte at an offset.
    private int rangeAt(long offset) {
        int found = Arrays.binarySearch(ends, offset);
        if (found < 0) {
            return -found - 1;
        }
        // It ends there, as may empty ones behind it, of which any may have been found.
        while (ends[found] == offset) {
            found++;
        }
        return found;
    }
}
