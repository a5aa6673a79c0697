package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A write that was interrupted goes on where it stopped, and ends as if nothing had happened.
@Timeout(120)
class ResumeTest {
    private static final WriteOptions RESUME =
            WriteOptions.defaults().withCrc32(true).withResume(true);

    /// Of one block, none, several, and an odd number of bytes.
    private static final List<TensorSpec> TENSORS = List.of(
            TensorSpec.of("a", DType.U8, 5000),
            TensorSpec.of("empty", DType.F32, 0),
            TensorSpec.of("b", DType.U8, 3),
            TensorSpec.of("c", DType.U8, 20_000),
            TensorSpec.of("d", DType.U8, 1),
            TensorSpec.of("last and empty", DType.U8, 0));

    private static final int BLOCK = 1000;

    @TempDir
    Path folder;

    private Path target;
    private Path partial;
    private byte[] whole;

    @BeforeEach
    void writeWithoutInterruption() throws IOException {
        target = folder.resolve("model.safetensors");
        partial = folder.resolve(".model.safetensors.stsw-partial");
        Path other = folder.resolve("other");
        assertThat(write(other, WriteOptions.defaults().withCrc32(true), Integer.MAX_VALUE))
                .isEqualTo(0);
        whole = Files.readAllBytes(other);
        Files.delete(other);
    }

    private static byte[] bytes(TensorSpec tensor) {
        byte[] bytes = new byte[(int) tensor.byteSize()];
        new SplittableRandom(tensor.name().hashCode()).nextBytes(bytes);
        return bytes;
    }

    /// Writes what is not there yet, but at most so many blocks; then aborts. Says how many tensors were there.
    private static int write(Path file, WriteOptions options, int blocks) throws IOException {
        int left = blocks;
        try (StreamWriter writer = StreamWriter.open(file, TENSORS, options)) {
            int resumed = writer.resumedTensors().size();
            for (TensorSpec tensor : TENSORS.subList(resumed, TENSORS.size())) {
                byte[] bytes = bytes(tensor);
                for (int at = 0; at < bytes.length; at += BLOCK) {
                    if (left-- == 0) {
                        writer.abort();
                        return resumed;
                    }
                    writer.writeBlock(tensor.name(), ByteBuffer.wrap(bytes, at, Math.min(BLOCK, bytes.length - at)));
                }
                writer.finalizeTensor(tensor.name());
            }
            return resumed;
        }
    }

    private void assertWhole() throws IOException {
        assertThat(target).hasBinaryContent(whole);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 5000, 8192, 1 << 20})
    void aWriteAbortedAfterEachBlockGoesOnWithTheFirstUnfinishedTensor(int buffer) throws IOException {
        WriteOptions options = RESUME.withBufferSize(buffer);
        for (int blocks = 0; blocks < 27; blocks++) {
            write(target, options, blocks);
            assertThat(Models.namesIn(folder)).containsExactly(".model.safetensors.stsw-partial");
            int finished = blocks < 5 ? 0 : blocks == 5 ? 2 : blocks < 26 ? 3 : 4;
            assertThat(write(target, options, Integer.MAX_VALUE)).isEqualTo(finished);
            assertWhole();
            Files.delete(target);
        }
    }

    @Test
    void manyAttemptsOfAFewBlocksComeToAnEnd() throws IOException {
        Files.writeString(target, "old");
        int attempts = 0;
        while (Files.size(target) == 3) {
            assertThat(target).hasContent("old");
            write(target, RESUME, 20);
            attempts++;
        }
        assertThat(attempts).isEqualTo(3);
        assertWhole();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "nobody else can read a locked file there")
    void aPartialFileHoldsItsTensorsWhileItIsWritten() throws IOException {
        // As the process sees it that comes after a kill: nothing was closed, and nothing flushed.
        WriteOptions options = RESUME.withBufferSize(4096);
        Path copy = folder.resolve(".copy.safetensors.stsw-partial");
        StreamWriter writer = StreamWriter.open(target, TENSORS, options);
        writer.writeBlock("a", bytes(TENSORS.get(0)));
        writer.finalizeTensor("a");
        writer.finalizeTensor("empty");
        writer.writeBlock("b", bytes(TENSORS.get(2)));
        writer.finalizeTensor("b");
        writer.writeBlock("c", ByteBuffer.wrap(bytes(TENSORS.get(3)), 0, 15_000));
        Files.copy(partial, copy);
        assertThat(write(folder.resolve("copy.safetensors"), options, Integer.MAX_VALUE))
                .isEqualTo(3);
        assertThat(folder.resolve("copy.safetensors")).hasBinaryContent(whole);
        writer.abort();
    }

    @Test
    void aFlippedBitInAFinishedTensorMakesItBeWrittenAgain() throws IOException {
        for (int tensor : new int[] {0, 2}) {
            write(target, RESUME, 10);
            Header header = Header.of(TENSORS, null, 8, true);
            long begin = header.dataStart() + header.tensors().get(tensor).offsetBegin();
            flip(partial, begin + 2);
            assertThat(write(target, RESUME, Integer.MAX_VALUE)).isEqualTo(tensor);
            assertWhole();
            Files.delete(target);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 4)).rewind();
            channel.write(one, at);
        }
    }

    @Test
    void aFinishedFileThatWasNotPublishedIsReadAndPublished() throws IOException {
        Files.write(partial, whole);
        assertThat(write(target, RESUME, 0)).isEqualTo(TENSORS.size());
        assertWhole();
    }

    @Test
    void aPartialFileThatWasHardlyBegunIsBegunAgain() throws IOException {
        for (byte[] begun : List.of(new byte[0], new byte[5000], java.util.Arrays.copyOf(whole, 100))) {
            Files.write(partial, begun);
            assertThat(write(target, RESUME, Integer.MAX_VALUE)).isZero();
            assertWhole();
        }
    }

    @Test
    void aPartialFileThatIsTooLongIsCut() throws IOException {
        Files.write(partial, java.util.Arrays.copyOf(whole, whole.length + 100_000));
        write(target, RESUME, Integer.MAX_VALUE);
        assertWhole();
    }

    @Test
    void aPartialFileOfAnotherLayoutIsRefusedAndStays() throws IOException {
        write(target, RESUME, 10);
        byte[] before = Files.readAllBytes(partial);
        for (WriteOptions options : List.of(RESUME.withMetadata(Map.of("k", "v")), RESUME.withAlignment(4096))) {
            assertThatThrownBy(() -> write(target, options, Integer.MAX_VALUE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(partial.toString())
                    .hasMessageContaining("delete it, or write without resume");
        }
        Files.write(partial, new byte[] {7, 7, 7});
        assertThatThrownBy(() -> write(target, RESUME, 0)).hasMessageContaining("differ at byte 0");
        assertThat(partial).hasBinaryContent(new byte[] {7, 7, 7});
        Files.write(partial, before);
        write(target, RESUME, Integer.MAX_VALUE);
        assertWhole();
    }

    @Test
    void resumingNeedsChecksums() {
        assertThatThrownBy(() -> write(target, RESUME.withCrc32(false), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("checksums");
    }

    @Test
    void aSecondResumerInThisProcessIsRefused() throws IOException {
        Path alias = folder.resolve("alias");
        Path other = alias.resolve("model.safetensors");
        if (OS.WINDOWS.isCurrentOs()) {
            other = folder.resolve("MODEL.safetensors");
        } else {
            Files.createSymbolicLink(alias, folder);
        }
        StreamWriter first = StreamWriter.open(target, TENSORS, RESUME);
        for (Path again : List.of(target, other)) {
            assertThatThrownBy(() -> write(again, RESUME, 0))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("another writer");
        }
        first.abort();
        Files.deleteIfExists(alias);
        write(target, RESUME, Integer.MAX_VALUE);
        assertWhole();
    }

    @Test
    void aSecondResumerInAnotherProcessIsRefusedAndWhenTheFirstIsKilledThePartialFileStays() throws Exception {
        Process child = ChildJvm.start("022", HoldMain.class, target.toString());
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("writing");
            assertThatThrownBy(() -> write(target, RESUME, 0)).hasMessageContaining("another writer");
            child.destroy();
            child.waitFor();
            assertThat(partial).exists();
            assertThat(write(target, RESUME, Integer.MAX_VALUE)).isEqualTo(3);
            assertWhole();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void aWriterThatDoesNotResumeLeavesThePartialFileAlone() throws IOException {
        write(target, RESUME, 10);
        byte[] before = Files.readAllBytes(partial);
        write(target, RESUME.withResume(false), Integer.MAX_VALUE);
        assertThat(partial).hasBinaryContent(before);
        assertThat(target).hasBinaryContent(whole);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void whatElseStandsAtThePartialFilesNameIsRefused() throws IOException {
        Path victim = Files.write(folder.resolve("victim"), whole);
        Files.createSymbolicLink(partial, victim);
        assertThatThrownBy(() -> write(target, RESUME, 0)).hasMessageContaining("is no file");
        Files.delete(partial);
        Files.createSymbolicLink(partial, folder.resolve("nothing"));
        assertThatThrownBy(() -> write(target, RESUME, 0)).hasMessageContaining("is no file");
        Files.delete(partial);
        Files.createLink(partial, victim);
        assertThatThrownBy(() -> write(target, RESUME, 0)).hasMessageContaining("hard link");
        Files.delete(partial);
        Files.createDirectory(partial);
        assertThatThrownBy(() -> write(target, RESUME, 0)).hasMessageContaining("is no file");
        assertThat(victim).hasBinaryContent(whole);
        assertThat(folder.resolve("nothing")).doesNotExist();
    }

    @Test
    void aFullDiskLeavesWhatCanBeResumedWhenThereIsRoom() throws IOException {
        FailingChannel.Opener disk = new FailingChannel.Opener(8, false);
        assertThatThrownBy(() -> {
                    try (StreamWriter writer = StreamWriter.open(target, TENSORS, RESUME.withBufferSize(4096), disk)) {
                        for (TensorSpec tensor : TENSORS) {
                            writer.writeBlock(tensor.name(), bytes(tensor));
                            writer.finalizeTensor(tensor.name());
                        }
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(target).doesNotExist();
        assertThat(partial).exists();
        write(target, RESUME, Integer.MAX_VALUE);
        assertWhole();
    }

    @Test
    void afterAFailedForceNothingCanBeResumed() throws IOException {
        FailingChannel.Opener disk = new FailingChannel.Opener(Integer.MAX_VALUE, true);
        StreamWriter writer = StreamWriter.open(target, List.of(), RESUME, disk);
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class).hasMessage("Input/output error");
        assertThat(disk.last.forces()).isEqualTo(1);
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    @Test
    void anInterruptedWriterCanBeResumed() throws IOException {
        StreamWriter writer = StreamWriter.open(target, TENSORS, RESUME.withBufferSize(4096));
        writer.writeBlock("a", bytes(TENSORS.get(0)));
        writer.finalizeTensor("a");
        writer.finalizeTensor("empty");
        writer.writeBlock("b", bytes(TENSORS.get(2)));
        Thread.currentThread().interrupt();
        try {
            writer.finalizeTensor("b");
            assertThatThrownBy(() -> {
                        // The disk may be done in time with each block; the last one is this thread's own.
                        for (TensorSpec tensor : TENSORS.subList(3, TENSORS.size())) {
                            writer.writeBlock(tensor.name(), bytes(tensor));
                            writer.finalizeTensor(tensor.name());
                        }
                        writer.close();
                    })
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageContaining("can be resumed");
        } finally {
            Thread.interrupted();
        }
        write(target, RESUME, Integer.MAX_VALUE);
        assertWhole();
    }

    @Test
    void aSourceIsAskedOnlyForWhatIsMissing() throws IOException {
        Map<String, Tensor> tensors = Models.small(1);
        DeadLine source = new DeadLine(Tensors.source(tensors));
        assertThatThrownBy(() -> Stsw.write(source, target, RESUME)).hasMessage("the line is dead");
        source.dead = false;
        source.asked.clear();
        Stsw.write(source, target, RESUME);
        assertThat(source.asked).containsExactly("bias");
        assertThat(Stsw.verify(target).ok()).isTrue();
    }

    @Test
    void largeFilesThatBypassTheCacheAreResumedToo() throws IOException {
        List<TensorSpec> tensors =
                List.of(TensorSpec.of("a", DType.U8, 77_777_777), TensorSpec.of("b", DType.U8, 77_777_777));
        byte[] data = new byte[77_777_777];
        new SplittableRandom(5).nextBytes(data);
        StreamWriter first = StreamWriter.open(target, tensors, RESUME);
        first.writeBlock("a", data);
        first.finalizeTensor("a");
        first.writeBlock("b", ByteBuffer.wrap(data, 0, 50_000_000));
        first.abort();
        try (StreamWriter second = StreamWriter.open(target, tensors, RESUME)) {
            assertThat(second.resumedTensors()).hasSize(1);
            assertThat(second.stats().written()).isEqualTo(77_777_777);
            second.writeBlock("b", data);
            second.finalizeTensor("b");
        }
        Path straight = folder.resolve("straight");
        try (StreamWriter writer = StreamWriter.open(straight, tensors, RESUME.withResume(false))) {
            for (TensorSpec tensor : tensors) {
                writer.writeBlock(tensor.name(), data);
                writer.finalizeTensor(tensor.name());
            }
        }
        assertThat(Files.mismatch(target, straight)).isEqualTo(-1);
    }

    /// Gives its first tensor; the line to the second is dead.
    private static final class DeadLine implements TensorSource {
        private final TensorSource source;
        private final List<String> asked = new ArrayList<>();
        private boolean dead = true;

        DeadLine(TensorSource source) {
            this.source = source;
        }

        @Override
        public List<TensorSpec> tensors() {
            return source.tensors();
        }

        @Override
        public java.util.Optional<Map<String, String>> metadata() {
            return source.metadata();
        }

        @Override
        public java.nio.channels.ReadableByteChannel open(String name) throws IOException {
            asked.add(name);
            if (dead && asked.size() == 2) {
                throw new IOException("the line is dead");
            }
            return source.open(name);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    /// Finishes three tensors, says `writing`, and waits for its end.
    static final class HoldMain {
        public static void main(String[] args) throws Exception {
            StreamWriter writer = StreamWriter.open(Path.of(args[0]), TENSORS, RESUME.withBufferSize(4096));
            writer.writeBlock("a", bytes(TENSORS.get(0)));
            writer.finalizeTensor("a");
            writer.finalizeTensor("empty");
            writer.writeBlock("b", bytes(TENSORS.get(2)));
            writer.finalizeTensor("b");
            writer.writeBlock("c", new byte[15_000]);
            System.out.println("writing");
            Thread.sleep(60_000);
        }
    }
}
