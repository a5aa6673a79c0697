package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.DirectIo;
import dev.stsw.stream.TensorSources;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several tensors at once: the same bytes, or nothing.
@Timeout(60)
class WorkersTest {
    /// A run of tensors is four times as long.
    private static final int BUFFER = 4096;

    private static final WriteOptions ONE =
            WriteOptions.defaults().withBufferSize(BUFFER).withCrc32(true);
    private static final WriteOptions THREE = ONE.withWorkers(3);

    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void nameTheTarget() throws IOException {
        target = Files.writeString(folder.resolve("model.safetensors"), "old");
    }

    private static Map<String, Tensor> tensors(long seed, int... sizes) {
        SplittableRandom dice = new SplittableRandom(seed);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < sizes.length; i++) {
            byte[] bytes = new byte[sizes[i]];
            dice.nextBytes(bytes);
            tensors.put("layer." + i, Tensor.of(DType.U8, Shape.of(bytes.length), MemorySegment.ofArray(bytes)));
        }
        return tensors;
    }

    /// Sizes on both sides of what matters to buffers, pages and runs.
    private static int[] sizes(SplittableRandom dice, int count) {
        int[] around = {0, 1, 8, 100, BUFFER, 4 * BUFFER, DirectIo.GRANULE, 5 * DirectIo.GRANULE};
        return dice.ints(count, 0, around.length)
                .map(i -> Math.max(0, around[i] + dice.nextInt(-2, 3)))
                .toArray();
    }

    private void assertSameAsOne(Map<String, Tensor> tensors, WriteOptions several) throws IOException {
        Path one = folder.resolve("one");
        Stsw.dump(tensors, one, several.withWorkers(1));
        Stsw.dump(tensors, target, several);
        assertThat(Files.mismatch(target, one)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void writeTheSameBytesOfAnyModel(int workers) throws IOException {
        SplittableRandom dice = new SplittableRandom(workers);
        for (int round = 0; round < 25; round++) {
            assertSameAsOne(
                    tensors(round, sizes(dice, dice.nextInt(60))),
                    ONE.withCrc32(round % 2 == 0)
                            .withBufferSize(round % 3 == 0 ? 1 << 16 : BUFFER)
                            .withWorkers(workers));
        }
    }

    @Test
    void writeManyTinyTensorsOneHugeOneAndNone() throws IOException {
        assertSameAsOne(tensors(1, new SplittableRandom(1).ints(5000, 0, 50).toArray()), THREE);
        assertSameAsOne(tensors(2, 3_000_001), THREE);
        assertSameAsOne(tensors(3, 0, 0, 0), THREE);
        assertSameAsOne(Map.of(), THREE);
    }

    @Test
    void writeALargeModelPastThePageCache() throws IOException {
        assertSameAsOne(
                tensors(4, 3_000_001, 50_000_000, 17, 1_000_000, 80_000_003, 1 << 20, 5),
                THREE.withBufferSize(1 << 18));
        assertThat(Stsw.verify(target).ok()).isTrue();
    }

    @Test
    void tellOfTheProgressInOrderOnTheCallersThread() throws IOException {
        List<Long> told = new ArrayList<>();
        Thread caller = Thread.currentThread();
        Map<String, Tensor> tensors =
                tensors(5, new SplittableRandom(5).ints(200, 0, 10_000).toArray());
        Stsw.dump(tensors, target, THREE.withProgress((done, total) -> {
            assertThat(Thread.currentThread()).isSameAs(caller);
            assertThat(done).isLessThanOrEqualTo(total);
            told.add(done);
        }));
        assertThat(told).isSorted().doesNotHaveDuplicates();
        assertThat(told.getLast()).isEqualTo(Stsw.header(target).dataSize());
    }

    @Test
    void takeTensorsAtTheSameTime() throws IOException {
        // Each of three opens waits for the two others.
        CyclicBarrier together = new CyclicBarrier(3);
        Stsw.write(
                new Source(tensors(6, 20_000, 20_000, 20_000), (name, bytes) -> {
                    try {
                        together.await();
                    } catch (Exception e) {
                        throw new IOException(e);
                    }
                    return bytes;
                }),
                target,
                THREE);
        assertThat(Stsw.verify(target).ok()).isTrue();
    }

    @Test
    void areNotUsedWhereASourceGivesOneTensorAtATime() throws IOException {
        Thread caller = Thread.currentThread();
        Source source = new Source(tensors(7, 20_000, 20_000, 20_000), (name, bytes) -> {
            assertThat(Thread.currentThread()).isSameAs(caller);
            return bytes;
        });
        source.concurrent = false;
        Stsw.write(source, target, THREE);
        Stsw.write(TensorSources.cast(TensorSources.concat(List.of(source)), DType.F16), target, THREE);
        source.concurrent = true;
        // A resumable write goes by order.
        Stsw.write(source, target, THREE.withResume(true));
        assertThat(Stsw.verify(target).ok()).isTrue();
    }

    @Test
    void areNotUsedForMemoryThatIsOneThreadsAlone() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (int i = 0; i < 3; i++) {
                tensors.put("t" + i, Tensor.of(DType.U8, Shape.of(20_000), arena.allocate(20_000)));
            }
            assertSameAsOne(tensors, THREE);
        }
    }

    @Test
    void readSeveralTensorsOfAFileCastOrChecked() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        SplittableRandom dice = new SplittableRandom(8);
        for (int i = 0; i < 40; i++) {
            tensors.put(
                    "t" + i, Tensor.of(dice.doubles(dice.nextInt(9000), -9, 9).toArray()));
        }
        Path file = folder.resolve("file");
        Stsw.dump(tensors, file, ONE);
        Path one = folder.resolve("one");
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            TensorSource source = TensorSources.rename(
                    TensorSources.cast(TensorSources.select(reader.asSource(), name -> !name.equals("t3")), DType.BF16),
                    name -> "model." + name);
            Stsw.write(source, one, ONE);
            Stsw.write(source, target, THREE);
            assertThat(Files.mismatch(target, one)).isEqualTo(-1);
        }
    }

    @Test
    void writeTheSameShards() throws IOException {
        TensorSource source = Tensors.source(tensors(9, sizes(new SplittableRandom(9), 50)));
        List<Path> one = Stsw.writeShards(source, folder.resolve("a"), "m", 400_000, ONE);
        List<Path> three = Stsw.writeShards(source, folder.resolve("b"), "m", 400_000, THREE);
        assertThat(three).hasSameSizeAs(one).hasSizeGreaterThan(3);
        for (int i = 0; i < one.size(); i++) {
            assertThat(Files.mismatch(one.get(i), three.get(i))).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20, 39})
    void endTogetherWhenTheSourceFails(int bad) {
        Source source = new Source(
                tensors(10, new SplittableRandom(10).ints(40, 0, 30_000).toArray()), (name, bytes) -> {
                    if (name.equals("layer." + bad)) {
                        throw new IOException("no more");
                    }
                    return bytes;
                });
        assertNothingIsLeftAfter(() -> Stsw.write(source, target, THREE), IOException.class, "no more");
    }

    @Test
    void endTogetherWhenTheSourceEndsEarlyOrIsBroken() {
        Map<String, Tensor> tensors = tensors(11, 20_000, 20_000, 20_000, 20_000);
        assertNothingIsLeftAfter(
                () -> Stsw.write(
                        new Source(tensors, (name, bytes) -> name.equals("layer.2") ? new HalfTensor(bytes) : bytes),
                        target,
                        THREE),
                EOFException.class,
                "tensor 'layer.2': the source ended after 10000 of 20000 bytes");
        assertNothingIsLeftAfter(
                () -> Stsw.write(
                        new Source(tensors, (name, bytes) -> {
                            throw new IllegalStateException("broken");
                        }),
                        target,
                        THREE),
                IllegalStateException.class,
                "broken");
        assertNothingIsLeftAfter(
                () -> Stsw.write(
                        new Source(tensors, (name, bytes) -> {
                            throw new AssertionError("worse");
                        }),
                        target,
                        THREE),
                AssertionError.class,
                "worse");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void endTogetherWhenTheSourceBringsMoreThanWasDeclared(int workers) {
        for (int length : new int[] {20_000, 0}) {
            Map<String, Tensor> tensors = tensors(12, 20_000, length, 20_000);
            TensorSource source =
                    new Source(tensors, (name, bytes) -> name.equals("layer.1") ? new OneMore(bytes) : bytes);
            assertNothingIsLeftAfter(
                    () -> Stsw.write(source, target, THREE.withWorkers(workers)),
                    IOException.class,
                    "tensor 'layer.1': the source goes on after its " + length + " bytes");
        }
    }

    /// As under a limit on processes: the virtual machine throws this, and goes on.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void areFewerWhereTheSystemGivesNoMoreThreadsAndNoneIsLeft(int most) throws IOException {
        TensorSource source = Tensors.source(tensors(13, 20_000, 20_000, 20_000, 20_000));
        Header header = Header.of(source.tensors(), null, 8, false);
        List<Thread> started = new ArrayList<>();
        ThreadFactory few = work -> {
            if (started.size() == most) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            started.add(Thread.ofPlatform().daemon().unstarted(work));
            return started.getLast();
        };
        try (AtomicFile file = AtomicFile.create(target, FileChannel::open)) {
            file.write(ByteBuffer.wrap(header.toBytes()), 0);
            Workers workers = new Workers(source, file, header, THREE, new long[0], few);
            if (most == 0) {
                assertThatThrownBy(workers::run)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("no thread can be started");
            } else {
                workers.run();
                file.publish();
                try (StreamReader reader = StreamReader.open(target)) {
                    assertThat(reader).hasSize(4);
                }
            }
        }
        assertThat(started).hasSize(most).noneMatch(thread -> thread.getState() == Thread.State.NEW);
    }

    @Test
    void endTogetherWhenTheListenerThrows() {
        assertNothingIsLeftAfter(
                () -> Stsw.dump(tensors(12, 20_000, 20_000, 20_000), target, THREE.withProgress((done, total) -> {
                    throw new UncheckedIOException(new IOException("enough"));
                })),
                UncheckedIOException.class,
                "enough");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 20, 60})
    void endTogetherWhenTheDiskFails(int goodWrites) {
        Map<String, Tensor> tensors =
                tensors(13, new SplittableRandom(13).ints(40, 0, 30_000).toArray());
        TensorSource source = Tensors.source(tensors);
        assertNothingIsLeftAfter(
                () -> {
                    try (StreamWriter writer = StreamWriter.open(
                            target, source.tensors(), THREE, new FailingChannel.Opener(goodWrites, false))) {
                        writer.writeAll(source);
                    }
                },
                IOException.class,
                "Input/output error");
    }

    @Test
    void haveEndedBeforeTheTemporaryIsDeleted() throws Exception {
        // One worker's write fails while another one's is under way; only then may that go on.
        CountDownLatch underWay = new CountDownLatch(1);
        CountDownLatch failed = new CountDownLatch(1);
        AtomicReference<Boolean> there = new AtomicReference<>();
        Source source = new Source(tensors(14, 20_000, 20_000, 20_000), (name, bytes) -> {
            try {
                if (name.equals("layer.0")) {
                    underWay.await();
                    failed.countDown();
                    throw new IOException("no more");
                }
                underWay.countDown();
                failed.await();
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            there.set(Models.namesIn(folder).stream().anyMatch(name2 -> name2.endsWith(".stsw-tmp")));
            return bytes;
        });
        assertNothingIsLeftAfter(() -> Stsw.write(source, target, THREE), IOException.class, "no more");
        assertThat(there.get()).isTrue();
    }

    @Test
    void anInterruptEndsThemAndLeavesTheSourceOpen() throws Exception {
        Path file = folder.resolve("file");
        Stsw.dump(tensors(15, new SplittableRandom(15).ints(400, 0, 30_000).toArray()), file);
        try (StreamReader reader = StreamReader.open(file)) {
            TensorSource source = reader.asSource();
            WriteOptions interrupting =
                    THREE.withProgress((done, total) -> Thread.currentThread().interrupt());
            assertThatThrownBy(() -> Stsw.write(source, target, interrupting))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(target).hasContent("old");
            assertThat(Models.namesIn(folder)).containsExactly("file", "model.safetensors");
            Stsw.write(source, target, THREE);
        }
        assertThat(Stsw.verify(target).ok()).isTrue();
    }

    private void assertNothingIsLeftAfter(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable attempt, Class<?> fault, String message) {
        assertThatThrownBy(attempt).isInstanceOf(fault).hasMessageContaining(message);
        assertThat(target).hasContent("old");
        assertThat(folder.toFile().list()).containsExactly("model.safetensors");
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("stsw-worker")) {
                // It has done its last, but perhaps not ended.
                assertThatCode(() -> thread.join(1)).doesNotThrowAnyException();
                assertThat(thread.getStackTrace())
                        .noneMatch(frame -> frame.getMethodName().equals("copy"));
            }
        }
    }

    /// A tensor and one byte more, after a read that brings none.
    private static final class OneMore implements ReadableByteChannel {
        private final ReadableByteChannel bytes;
        private int reads;

        OneMore(ReadableByteChannel bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            int count = bytes.read(target);
            if (count >= 0 || reads == 2) {
                return count;
            }
            if (reads++ > 0) {
                target.put((byte) 1);
            }
            return reads - 1;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /// Half of a tensor.
    private static final class HalfTensor implements ReadableByteChannel {
        private final ReadableByteChannel bytes;
        private int left = 10_000;

        HalfTensor(ReadableByteChannel bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (left == 0) {
                return -1;
            }
            int limit = target.limit();
            target.limit(Math.min(limit, target.position() + left));
            int count = bytes.read(target);
            target.limit(limit);
            left -= count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /// Tensors in memory whose channels a test may change.
    private static final class Source implements TensorSource {
        private final TensorSource source;
        private final Opening opening;
        private boolean concurrent = true;

        interface Opening {
            ReadableByteChannel open(String name, ReadableByteChannel bytes) throws IOException;
        }

        Source(Map<String, Tensor> tensors, Opening opening) {
            this.source = Tensors.source(tensors);
            this.opening = opening;
        }

        @Override
        public List<TensorSpec> tensors() {
            return source.tensors();
        }

        @Override
        public Optional<Map<String, String>> metadata() {
            return Optional.empty();
        }

        @Override
        public ReadableByteChannel open(String name) throws IOException {
            return opening.open(name, source.open(name));
        }

        @Override
        public boolean concurrent() {
            return concurrent;
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}
