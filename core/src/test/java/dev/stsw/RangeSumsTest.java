package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.FileChangedException;
import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class RangeSumsTest {
    @Test
    void aHundredReadersAtOnceShareAFewHelpers(@TempDir Path empty) throws Exception {
        Path file = empty.resolve("file");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), (64 << 20) - 1);
        }
        int readers = 100;
        CountDownLatch reading = new CountDownLatch(readers);
        CountDownLatch counted = new CountDownLatch(1);
        try (OpenFile open = OpenFile.open(file);
                ExecutorService threads = Executors.newFixedThreadPool(readers)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                all.add(threads.submit(() -> {
                    Thread reader = Thread.currentThread();
                    Blocks.forEach(
                            open,
                            0,
                            open.size(),
                            (bytes, position) -> {
                                if (Thread.currentThread().equals(reader)) {
                                    reading.countDown();
                                }
                                try {
                                    counted.await();
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            (done, total) -> {});
                    return null;
                }));
            }
            reading.await();
            long helpers = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("stsw-read-"))
                    .count();
            counted.countDown();
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(helpers).isBetween(1L, (long) Blocks.MAX_HELPERS);
        }
    }

    /// Enough for three threads, and no multiple of a block.
    private static final int SIZE = 40_000_001;

    private static final ProgressListener NOBODY = (done, total) -> {};

    @TempDir
    static Path folder = Path.of("");

    private final byte[] bytes = new byte[SIZE];
    private Path path = Path.of("");

    @BeforeAll
    void writeRandomBytes() throws IOException {
        new Random(5).nextBytes(bytes);
        path = Files.write(folder.resolve("random"), bytes);
    }

    private int[] plainly(long begin, long[] ends) {
        int[] sums = new int[ends.length];
        long from = 0;
        for (int i = 0; i < ends.length; i++) {
            CRC32 crc = new CRC32();
            crc.update(bytes, (int) (begin + from), (int) (ends[i] - from));
            sums[i] = (int) crc.getValue();
            from = ends[i];
        }
        return sums;
    }

    @Test
    void anyRangesHaveTheSumsOfTheirBytes() throws IOException {
        Random random = new Random(7);
        try (OpenFile file = OpenFile.open(path)) {
            for (int round = 0; round < 60; round++) {
                int begin = random.nextInt(random.nextBoolean() ? 100 : SIZE);
                int size = random.nextInt(SIZE - begin) >> random.nextInt(24);
                long[] ends = new long[random.nextInt(round % 2 == 0 ? 5 : 2000)];
                // Few different offsets, so that many ranges are empty, at the edges of blocks among others.
                long step = random.nextBoolean() ? 1 : Blocks.BYTES / 2;
                Arrays.setAll(ends, i -> Math.floorMod(random.nextLong(), size + 1L) / step * step);
                Arrays.sort(ends);
                assertThat(RangeSums.of(file, begin, ends, NOBODY)).isEqualTo(plainly(begin, ends));
            }
        }
    }

    @Test
    void rangesThatFillBlocksExactlyNeedNoJoining() throws IOException {
        long[] ends = new long[SIZE / Blocks.BYTES];
        Arrays.setAll(ends, i -> (i + 1L) * Blocks.BYTES);
        try (OpenFile file = OpenFile.open(path)) {
            assertThat(RangeSums.of(file, 0, ends, NOBODY)).isEqualTo(plainly(0, ends));
            assertThat(RangeSums.of(file, 0, new long[0], NOBODY)).isEmpty();
            assertThat(RangeSums.of(file, 0, new long[] {0, 0}, NOBODY)).containsOnly(0);
        }
    }

    @Test
    void progressNeverGoesBackAndEndsOnceAtTheEnd() throws IOException {
        List<Long> heard = new ArrayList<>();
        Thread caller = Thread.currentThread();
        try (OpenFile file = OpenFile.open(path)) {
            RangeSums.of(file, 1, new long[] {SIZE - 1}, (done, total) -> {
                assertThat(Thread.currentThread()).isSameAs(caller);
                assertThat(total).isEqualTo(SIZE - 1);
                heard.add(done);
            });
        }
        assertThat(heard).isSorted().doesNotHaveDuplicates().endsWith(SIZE - 1L);
    }

    @Test
    void whatTheListenerThrowsEndsTheWork() throws IOException {
        List<Long> heard = new ArrayList<>();
        IllegalStateException stop = new IllegalStateException("enough");
        try (OpenFile file = OpenFile.open(path)) {
            assertThatThrownBy(() -> RangeSums.of(file, 0, new long[] {SIZE}, (done, total) -> {
                        heard.add(done);
                        throw stop;
                    }))
                    .isSameAs(stop);
        }
        assertThat(heard).hasSize(1);
        assertThat(readingThreads()).isZero();
    }

    @Test
    void aCutIsReportedOnceAllThreadsAreGone() throws IOException {
        Path cut = Files.copy(path, folder.resolve("cut"));
        try (OpenFile file = OpenFile.open(cut)) {
            truncate(cut);
            assertThatThrownBy(() -> RangeSums.of(file, 0, new long[] {SIZE}, NOBODY))
                    .isInstanceOf(FileChangedException.class)
                    .hasMessageContaining(cut + ": it ends at byte 4096");
        }
        assertThat(readingThreads()).isZero();
    }

    @Test
    void anInterruptedCallerStaysInterrupted() throws IOException {
        try (OpenFile file = OpenFile.open(path)) {
            for (int end : List.of(1000, SIZE)) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> RangeSums.of(file, 0, new long[] {end}, NOBODY))
                        .isInstanceOf(InterruptedIOException.class)
                        .hasMessage(path + ": the thread was interrupted while reading");
                assertThat(Thread.interrupted()).isTrue();
            }
            // Others go on with the file.
            assertThat(RangeSums.of(file, 0, new long[] {SIZE}, NOBODY)).isEqualTo(plainly(0, new long[] {SIZE}));
        }
        assertThat(readingThreads()).isZero();
    }

    @Test
    void anInterruptionMeanwhileEndsTheWorkOrComesTooLate() throws IOException {
        long[] ends = {SIZE};
        try (OpenFile file = OpenFile.open(path)) {
            int[] sums = RangeSums.of(file, 0, ends, (done, total) -> {
                if (done > total / 2) {
                    Thread.currentThread().interrupt();
                }
            });
            assertThat(sums).isEqualTo(plainly(0, ends));
        } catch (InterruptedIOException e) {
            assertThat(e).hasMessage(path + ": the thread was interrupted while reading");
        }
        assertThat(Thread.interrupted()).isTrue();
        assertThat(readingThreads()).isZero();
    }

    @Test
    void aClosedFileIsAnIllegalState() throws IOException {
        OpenFile file = OpenFile.open(path);
        file.close();
        assertThatThrownBy(() -> RangeSums.of(file, 0, new long[] {SIZE}, NOBODY))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    private static long readingThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("stsw-read-"))
                .count();
    }

    private static void truncate(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(4096);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
