package dev.stsw.benchmarks.micro;

import dev.stsw.format.Checksums;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// What checksums cost: the sum over a buffer outside the heap, and joining the sums of two ranges.
public class ChecksumBenchmark extends Microbenchmark {
    /// KiB in the buffer: in the second-level cache, and out of all of them.
    @Param({"256", "65536"})
    public int kibibytes;

    private ByteBuffer buffer = ByteBuffer.allocate(0);

    /// Fills nothing: the time does not depend on the bytes.
    @Setup
    public void setUp() {
        buffer = ByteBuffer.allocateDirect(kibibytes << 10);
    }

    /// The virtual machine's own CRC-32.
    @Benchmark
    public long crc32() {
        CRC32 crc = new CRC32();
        crc.update(buffer.clear());
        return crc.getValue();
    }

    /// Joins two sums; the second one covers the buffer's size.
    @Benchmark
    public long combine() {
        return Checksums.combine(0x15215f17L, 0xae258d63L, (long) kibibytes << 10);
    }
}
