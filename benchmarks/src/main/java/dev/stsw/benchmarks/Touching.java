package dev.stsw.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.stsw.StreamReader;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Adds up every byte of every tensor through the mapping, eight at a time, as touch.c does.
final class Touching {
    private static volatile long result;

    private Touching() {}

    /// @param passes how often; the last one counts. The first one opens the file and maps page after page, later ones
    ///     only read
    /// @param small a file to warm up the virtual machine's compiler with
    static double seconds(Path file, int passes, Path small) throws IOException {
        for (int i = 0; i < 20; i++) {
            pass(small, 1);
        }
        return pass(file, passes);
    }

    private static double pass(Path file, int passes) throws IOException {
        double seconds = 0;
        long start = System.nanoTime();
        try (StreamReader reader = StreamReader.open(file)) {
            for (int i = 0; i < passes; i++) {
                if (i > 0) {
                    start = System.nanoTime();
                }
                long sum = 0;
                for (TensorMeta tensor : reader) {
                    sum += sum(reader.getSlice(tensor.name()));
                }
                result = sum;
                seconds = SideBySide.since(start);
            }
        }
        return seconds;
    }

    private static long sum(MemorySegment bytes) {
        long size = bytes.byteSize();
        long words = size - size % Long.BYTES;
        long sum = 0;
        for (long at = 0; at < words; at += Long.BYTES) {
            sum += bytes.get(JAVA_LONG_UNALIGNED, at);
        }
        for (long at = words; at < size; at++) {
            sum += bytes.get(JAVA_BYTE, at);
        }
        return sum;
    }
}
