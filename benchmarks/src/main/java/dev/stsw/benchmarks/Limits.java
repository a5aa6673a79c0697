package dev.stsw.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;

/// What verifying is made of, each part by itself, on one core or several: copying out of the page cache, and CRC-32 of
/// bytes that are in the core's own cache already. No verifier that does both can be faster than both together.
final class Limits {
    /// Fits into the second-level cache of the cores that we know.
    private static final int BLOCK_BYTES = 256 << 10;
    /// What reading is fastest with, page after page.
    private static final int READ_BYTES = 1 << 20;

    private static final int PAGE = 4096;
    /// Read before, so that the virtual machine knows how.
    private static final long WARM_UP_BYTES = 64L << 20;

    private static volatile long result;

    private Limits() {}

    /// Reads a file in as many parts as there are threads, and does nothing with the bytes.
    static double copy(Path file, int threads) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            read(channel, 0, Math.min(channel.size(), WARM_UP_BYTES));
            long part = (channel.size() / threads / READ_BYTES + 1) * READ_BYTES;
            return together(threads, i -> read(channel, i * part, Math.min(channel.size(), (i + 1) * part)));
        }
    }

    private static long read(FileChannel channel, long begin, long end) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(READ_BYTES + PAGE).alignedSlice(PAGE);
        for (long at = begin; at < end; at += block.position()) {
            block.clear().limit((int) Math.min(READ_BYTES, end - at));
            if (channel.read(block, at) < 0) {
                throw new IOException("the file was cut");
            }
        }
        return end;
    }

    /// The sum over as many bytes, one block again and again, divided among the threads.
    static double crc(long bytes, int threads) throws Exception {
        sum(ByteBuffer.allocateDirect(BLOCK_BYTES), 1 << 28); // for the virtual machine's compiler
        return together(threads, i -> sum(ByteBuffer.allocateDirect(BLOCK_BYTES), bytes / threads));
    }

    private static long sum(ByteBuffer block, long bytes) {
        CRC32 crc = new CRC32();
        for (long left = bytes; left > 0; left -= BLOCK_BYTES) {
            crc.update(block.clear());
        }
        return crc.getValue();
    }

    private interface Part {
        long run(int number) throws IOException;
    }

    private static double together(int threads, Part part) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            long start = System.nanoTime();
            List<Callable<Long>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                parts.add(() -> part.run(number));
            }
            long sum = 0;
            for (Future<Long> future : pool.invokeAll(parts)) {
                sum += future.get();
            }
            result = sum;
            return SideBySide.since(start);
        }
    }
}
