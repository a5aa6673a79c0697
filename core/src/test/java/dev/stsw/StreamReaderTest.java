package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.FileChangedException;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StreamReaderTest {
    private static final int COUNT = 1 << 16;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void writeAFile() throws IOException {
        file = folder.resolve("model.safetensors");
        Models.constant(file, COUNT, 7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void slicesAreReadOnlyAndTheSameEachTime(boolean mmap) throws IOException {
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withMmap(mmap))) {
            MemorySegment slice = reader.getSlice("a");
            assertThat(slice.isMapped()).isEqualTo(mmap);
            assertThat(slice.isReadOnly()).isTrue();
            assertThat(slice.byteSize()).isEqualTo(COUNT * 4L);
            assertThat(reader.getSlice("a").address()).isEqualTo(slice.address());
        }
    }

    @Test
    void smallFilesAreReadInsteadOfMapped() throws IOException {
        Stsw.dump(Models.small(1), file);
        try (StreamReader reader = StreamReader.open(file)) {
            assertThat(reader.getSlice("weight").isMapped()).isFalse();
            assertThat(reader.tensor("weight").shape().rank()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void afterCloseNothingIsHandedOutAndWhatWasIsDead(boolean mmap) throws IOException {
        StreamReader reader = StreamReader.open(file, ReadOptions.defaults().withMmap(mmap));
        Tensor tensor = reader.tensor("a");
        MemorySegment slice = reader.getSlice("a");
        ReadableByteChannel bytes = reader.asSource().open("a");
        reader.close();
        reader.close();
        assertThatThrownBy(() -> reader.getSlice("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the reader is closed");
        assertThatThrownBy(() -> reader.tensor("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(reader::asSource).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> bytes.read(ByteBuffer.allocate(8))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tensor.getFloat(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(tensor::toFloatArray).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> slice.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(reader.keys()).containsExactly("a");
        assertThat(reader.meta("a").byteSize()).isEqualTo(COUNT * 4L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withTheCallersArenaTensorsOutliveTheReader(boolean mmap) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor;
            try (StreamReader reader =
                    StreamReader.open(file, ReadOptions.defaults().withMmap(mmap), arena)) {
                tensor = reader.tensor("a");
            }
            assertThat(tensor.getFloat(COUNT - 1)).isEqualTo(7);
        }
    }

    @Test
    void manyThreadsMayRead() throws Exception {
        try (StreamReader reader =
                        StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true));
                ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Callable<Float>> jobs = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int index = i;
                jobs.add(() ->
                        reader.tensor("a").getFloat(index) + reader.tensor("a").toFloatArray()[index]);
            }
            for (Future<Float> job : pool.invokeAll(jobs)) {
                assertThat(job.get()).isEqualTo(14);
            }
        }
    }

    @Test
    void closingWhileOthersReadGivesThemValuesOrIllegalState() throws Exception {
        for (int round = 0; round < 20; round++) {
            StreamReader reader = StreamReader.open(file);
            CountDownLatch running = new CountDownLatch(4);
            List<Callable<Boolean>> jobs = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                jobs.add(() -> readUntilClosed(reader, running));
            }
            try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
                List<Future<Boolean>> results = new ArrayList<>();
                for (Callable<Boolean> job : jobs) {
                    results.add(pool.submit(job));
                }
                running.await();
                reader.close();
                for (Future<Boolean> result : results) {
                    assertThat(result.get()).isTrue();
                }
            }
        }
    }

    private static boolean readUntilClosed(StreamReader reader, CountDownLatch running) throws IOException {
        boolean first = true;
        try {
            while (true) {
                float[] values = reader.tensor("a").toFloatArray();
                if (first) {
                    running.countDown();
                    first = false;
                }
                if (values[0] != 7 || values[COUNT - 1] != 7) {
                    return false;
                }
            }
        } catch (IllegalStateException e) {
            return true;
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "pipes are sockets there, which may take all at once")
    void closingWaitsForNobodyButSaysWhatIsInTheWay() throws Exception {
        StreamReader reader = StreamReader.open(file);
        Pipe pipe = Pipe.open();
        ByteBuffer slice = reader.getSlice("a").asByteBuffer();
        try (ExecutorService pool = Executors.newSingleThreadExecutor();
                ReadableByteChannel out = pipe.source()) {
            Future<Integer> written = pool.submit(() -> {
                try (WritableByteChannel in = pipe.sink()) {
                    return in.write(slice);
                }
            });
            // Something has arrived, and the pipe is too small for the rest.
            assertThat(out.read(ByteBuffer.allocate(1))).isEqualTo(1);
            assertThatThrownBy(reader::close)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith(file + ": cannot be closed while");
            assertThat(reader.tensor("a").getFloat(0)).isEqualTo(7);
            while (out.read(ByteBuffer.allocate(1 << 16)) >= 0) {
                // Until the writer has closed its end.
            }
            assertThat(written.get()).isPositive();
        }
        reader.close();
        assertThatThrownBy(() -> reader.tensor("a")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDamagedTensorIsFoundOnFirstAccessOnlyWhereAsked() throws IOException {
        long last = Files.size(file) - 1;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), last);
        }
        try (StreamReader reader = StreamReader.open(file)) {
            assertThat(reader.tensor("a").getFloat(0)).isEqualTo(7);
        }
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> reader.tensor("a"))
                        .isInstanceOf(ChecksumException.class)
                        .hasMessageStartingWith(file + ": tensor 'a' (bytes 0..262144): CRC-32 expected ");
            }
            assertThatThrownBy(() -> Stsw.write(reader.asSource(), folder.resolve("copy"), WriteOptions.defaults()))
                    .isInstanceOf(ChecksumException.class)
                    .hasNoSuppressedExceptions();
        }
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void aTensorIsCheckedOnce() throws IOException {
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            assertThat(reader.tensor("a").getFloat(0)).isEqualTo(7);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {1}), Files.size(file) - 1);
            }
            assertThat(reader.tensor("a").getFloat(0)).isEqualTo(7);
        }
    }

    @Test
    void aDamagedHeaderIsFoundOnOpeningWhereAsked() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, 0, 200, java.nio.charset.StandardCharsets.ISO_8859_1);
        bytes[header.indexOf("\"a\"") + 1] = 'b';
        Files.write(file, bytes);
        StreamReader.open(file).close();
        assertThatThrownBy(() -> StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true)))
                .isInstanceOf(ChecksumException.class)
                .hasMessageContaining("stale checksums");
    }

    @Test
    void unknownNamesAreNamed() throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            assertThatThrownBy(() -> reader.meta("b\n"))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessage(file + ": no tensor 'b\\u000a'");
            assertThatThrownBy(() -> reader.getSlice("b")).isInstanceOf(NoSuchElementException.class);
            assertThatThrownBy(() -> reader.asSource().open("b")).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void itIteratesInTheOrderOfTheHeader() throws IOException {
        Stsw.dump(Models.small(1), file);
        try (StreamReader reader = StreamReader.open(file)) {
            List<String> names = new ArrayList<>();
            for (TensorMeta tensor : reader) {
                names.add(tensor.name());
            }
            assertThat(names).containsExactly("bias", "weight").isEqualTo(reader.keys());
            assertThat(Stsw.load(file).keySet()).containsExactly("bias", "weight");
            assertThat(reader.path()).isEqualTo(file);
            assertThat(reader.metadata()).isEmpty();
        }
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertThatThrownBy(() -> StreamReader.open(folder))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> StreamReader.open(folder.resolve("missing"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "pipes are not in folders there")
    void aPipeIsRefusedWithoutWaiting() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> StreamReader.open(pipe))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("pipe");
    }

    @Test
    void headerErrorsNameTheFile() throws IOException {
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        assertThatThrownBy(() -> StreamReader.open(file))
                .isInstanceOf(HeaderException.class)
                .hasMessageStartingWith(file + ": ")
                .satisfies(e -> assertThat(((HeaderException) e).fault()).isEqualTo(Fault.GIT_LFS_POINTER));
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> Stsw.verify(file)).isInstanceOf(HeaderException.class);
        Files.write(file, new byte[] {-1, -32, -11, 5, 0, 0, 0, 0, '{'});
        assertThatThrownBy(() -> Stsw.header(file))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("truncated");
    }

    @Test
    void anInterruptedReaderDoesNotDisturbTheOthers() throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            ReadableByteChannel first = reader.asSource().open("a");
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> first.read(ByteBuffer.allocate(8))).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
            ByteBuffer eight = ByteBuffer.allocate(8);
            assertThat(reader.asSource().open("a").read(eight)).isEqualTo(8);
            assertThat(reader.tensor("a").getFloat(3)).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedThreadMayAskForTensorsOfAMappedFile(boolean channelClosedBefore) throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            ReadableByteChannel bytes = reader.asSource().open("a");
            Thread.currentThread().interrupt();
            if (channelClosedBefore) {
                assertThatThrownBy(() -> bytes.read(ByteBuffer.allocate(8))).isInstanceOf(InterruptedIOException.class);
            }
            assertThat(reader.getSlice("a").isMapped()).isTrue();
            assertThat(reader.tensor("a").getFloat(0)).isEqualTo(7);
            assertThat(Thread.interrupted()).as("it stays interrupted").isTrue();
        }
    }

    @Test
    void aFileThatIsCutBeforeTheFirstAccessIsReported() throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(Files.size(file) - 1);
            }
            assertThatThrownBy(() -> reader.tensor("a"))
                    .isInstanceOf(FileChangedException.class)
                    .hasMessageContaining("was cut while it was being read");
        }
    }

    @Test
    void anArenaThatIsClosedIsRefused() throws IOException {
        Arena arena = Arena.ofShared();
        StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
        arena.close();
        assertThatThrownBy(() -> reader.getSlice("a")).isInstanceOf(IllegalStateException.class);
        reader.close();
        assertThatThrownBy(() -> StreamReader.open(file, ReadOptions.defaults(), arena))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(file + ": the arena is closed");
    }

    @Test
    void headersOfAnySizeAreReadWhole() throws IOException {
        for (int size : List.of(1, 8000, 8192 - 90, 8192, 300_000, 1_000_000)) {
            Map<String, String> metadata = Map.of("k", "x".repeat(size));
            Stsw.dump(Models.small(1), file, WriteOptions.defaults().withMetadata(metadata));
            try (StreamReader reader = StreamReader.open(file)) {
                assertThat(reader.metadata()).isEqualTo(metadata);
                assertThat(reader.keys()).containsExactly("bias", "weight");
            }
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows replaces no open file: PublishingOnWindowsTest")
    void afterAnInterruptionAReplacedFileIsNotTakenForTheOpenedOne() throws IOException {
        try (StreamReader reader = StreamReader.open(file)) {
            Tensor mapped = reader.tensor("a");
            ReadableByteChannel bytes = reader.asSource().open("a");
            Path other = folder.resolve("other");
            Models.constant(other, COUNT, 8);
            Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> bytes.read(ByteBuffer.allocate(8))).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(() -> bytes.read(ByteBuffer.allocate(8)))
                    .isInstanceOf(FileChangedException.class)
                    .hasMessageContaining("replaced");
            assertThat(reader.tensor("a").getFloat(0) + mapped.getFloat(1))
                    .as("the mapping is of the old file")
                    .isEqualTo(14);
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows replaces no open file: PublishingOnWindowsTest")
    void aReplacedFileStaysReadable() throws IOException {
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            Models.constant(file, COUNT, 8);
            assertThat(reader.tensor("a").getFloat(5)).isEqualTo(7);
        }
        assertThat(Stsw.load(file).get("a").getFloat(5)).isEqualTo(8);
    }

    @Test
    void aCutFileIsReportedWhereItIsReadThroughTheChannel() throws IOException {
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(Files.size(file) - 1);
            }
            assertThatThrownBy(() -> reader.tensor("a"))
                    .isInstanceOf(FileChangedException.class)
                    .hasMessageContaining("was cut while it was being read");
        }
    }

    @Test
    void aDumpedMapIsLoadedEqual() throws IOException {
        Map<String, Tensor> model = Models.small(9);
        Stsw.dump(model, file, WriteOptions.defaults().withMetadata(Map.of("format", "pt")));
        Map<String, Tensor> loaded = Stsw.load(file);
        assertThat(loaded.get("weight").toFloatArray())
                .isEqualTo(model.get("weight").toFloatArray());
        assertThat(loaded.get("bias").toLongArray()).isEqualTo(model.get("bias").toLongArray());
        try (StreamReader reader = StreamReader.open(file)) {
            assertThat(reader.metadata()).isEqualTo(Map.of("format", "pt"));
        }
    }
}
