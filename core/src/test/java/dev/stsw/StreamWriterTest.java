package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.FileOutput;
import dev.stsw.stream.WriterStats;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamWriterTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("model.safetensors");
    }

    private static void writeBoth(StreamWriter writer) throws IOException {
        writer.writeBlock("a", new byte[] {1, 2, 3, 4});
        writer.finalizeTensor("a");
        writer.writeBlock("b", new byte[] {5, 6});
        writer.finalizeTensor("b");
    }

    @Test
    void nothingIsThereBeforeCloseAndEverythingAfterwards() throws IOException {
        try (StreamWriter writer = StreamWriter.open(file(), Models.twoBytes())) {
            writeBoth(writer);
            assertThat(file()).doesNotExist();
        }
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
        assertThat(Stsw.load(file()).get("b").toByteArray()).containsExactly(5, 6);
    }

    @Test
    void closeAfterOneOfTwoTensorsLeavesNoFile() throws IOException {
        StreamWriter writer = StreamWriter.open(file(), Models.twoBytes());
        writer.writeBlock("a", new byte[4]);
        writer.finalizeTensor("a");
        assertThatThrownBy(writer::close)
                .isInstanceOf(TensorOrderException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining("1 of 2 tensors")
                .hasMessageContaining("'b' with 0 of 2 bytes");
        assertThat(Models.namesIn(folder)).isEmpty();
        writer.close();
    }

    @Test
    void aTensorThatWasWrittenButNotFinalizedIsNotComplete() throws IOException {
        StreamWriter writer = StreamWriter.open(file(), List.of(TensorSpec.of("a", DType.U8, 1)));
        writer.writeBlock("a", new byte[1]);
        assertThatThrownBy(writer::close)
                .isInstanceOf(TensorOrderException.class)
                .hasMessageContaining("1 of 1 bytes");
    }

    @Test
    void anExceptionOfTheBodyKeepsTheOldFileAndCarriesTheDiscardAsSuppressed() throws IOException {
        Files.writeString(file(), "old");
        assertThatThrownBy(() -> {
                    try (StreamWriter writer = StreamWriter.open(file(), Models.twoBytes())) {
                        writer.writeBlock("a", new byte[1]);
                        throw new IllegalArgumentException("body");
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("body")
                .satisfies(e -> assertThat(e.getSuppressed()).hasOnlyElementsOfType(TensorOrderException.class));
        assertThat(file()).hasContent("old");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void closingTwiceOrAfterAbortDoesNothing() throws IOException {
        StreamWriter writer = StreamWriter.open(file(), Models.twoBytes());
        writeBoth(writer);
        writer.close();
        Files.delete(file());
        writer.close();
        writer.abort();
        assertThat(file()).doesNotExist();

        StreamWriter other = StreamWriter.open(file(), Models.twoBytes());
        writeBoth(other);
        other.abort();
        other.abort();
        other.close();
        assertThat(Models.namesIn(folder)).isEmpty();
        assertThatThrownBy(() -> other.writeBlock("a", new byte[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void tensorsComeInTheirTurn() throws IOException {
        try (StreamWriter writer = StreamWriter.open(file(), Models.twoBytes())) {
            assertThatThrownBy(() -> writer.writeBlock("b", new byte[1]))
                    .isInstanceOf(TensorOrderException.class)
                    .hasMessageContaining("'b' is not in turn")
                    .hasMessageContaining("'a'");
            assertThatThrownBy(() -> writer.finalizeTensor("b")).isInstanceOf(TensorOrderException.class);
            assertThatThrownBy(() -> writer.writeBlock("c", new byte[1]))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("'c'");
            writeBoth(writer);
            assertThatThrownBy(() -> writer.writeBlock("b", new byte[1]))
                    .isInstanceOf(TensorOrderException.class)
                    .hasMessageContaining("already finalized");
        }
        assertThat(file()).exists();
    }

    @Test
    void tooManyBytesAreRefusedWholeAndTooFewAtTheEnd() throws IOException {
        try (StreamWriter writer = StreamWriter.open(file(), Models.twoBytes())) {
            writer.writeBlock("a", new byte[] {1, 2, 3});
            assertThatThrownBy(() -> writer.writeBlock("a", new byte[2]))
                    .isInstanceOf(LengthMismatchException.class)
                    .hasMessageContaining("'a' takes 4 bytes, 3 of them are written: a block of 2");
            assertThatThrownBy(() -> writer.finalizeTensor("a"))
                    .isInstanceOf(LengthMismatchException.class)
                    .hasMessageContaining("only 3");
            writer.writeBlock("a", new byte[] {4});
            writer.finalizeTensor("a");
            writer.writeBlock("b", new byte[2]);
            writer.finalizeTensor("b");
        }
        assertThat(Stsw.load(file()).get("a").toByteArray()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void blocksOfEveryKindAreLittleEndian() throws IOException {
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("short", DType.I16, 1),
                TensorSpec.of("int", DType.I32, 1),
                TensorSpec.of("long", DType.I64, 1),
                TensorSpec.of("float", DType.F32, 1),
                TensorSpec.of("double", DType.F64, 1),
                TensorSpec.of("buffer", DType.U8, 2),
                TensorSpec.of("segment", DType.U8, 2));
        ByteBuffer buffer = ByteBuffer.wrap(new byte[] {9, 1, 2, 9}, 1, 2);
        try (StreamWriter writer = StreamWriter.open(file(), tensors)) {
            writer.writeBlock("short", new short[] {0x0102});
            writer.finalizeTensor("short");
            writer.writeBlock("int", new int[] {0x01020304});
            writer.finalizeTensor("int");
            writer.writeBlock("long", new long[] {0x0102030405060708L});
            writer.finalizeTensor("long");
            writer.writeBlock("float", new float[] {1});
            writer.finalizeTensor("float");
            writer.writeBlock("double", new double[] {1});
            writer.finalizeTensor("double");
            writer.writeBlock("buffer", buffer);
            writer.finalizeTensor("buffer");
            writer.writeBlock("segment", MemorySegment.ofArray(new byte[] {1, 2}));
            writer.finalizeTensor("segment");
        }
        assertThat(buffer.remaining()).isZero();
        Map<String, Tensor> tensors1 = Stsw.load(file());
        assertThat(tensors1.get("short").toByteArray()).containsExactly(2, 1);
        assertThat(tensors1.get("int").toByteArray()).containsExactly(4, 3, 2, 1);
        assertThat(tensors1.get("long").toByteArray()).containsExactly(8, 7, 6, 5, 4, 3, 2, 1);
        assertThat(tensors1.get("float").getFloat(0)).isEqualTo(1);
        assertThat(tensors1.get("double").getDouble(0)).isEqualTo(1);
        assertThat(tensors1.get("buffer").toByteArray()).containsExactly(1, 2);
        assertThat(tensors1.get("segment").toByteArray()).containsExactly(1, 2);
    }

    @Test
    void aBlockOfBigEndianMemoryIsSwappedOnTheHostsThatNeedIt() throws IOException {
        // What writeBlock(float[]) does on a big-endian host: from the host's layout to the file's.
        AtomicFile attempt = AtomicFile.create(file(), java.nio.channels.FileChannel::open);
        ByteBuffer values = ByteBuffer.allocate(4097 * 4).order(ByteOrder.BIG_ENDIAN);
        for (int i = 0; i < 4097; i++) {
            values.putInt(i * 0x01010101);
        }
        try (attempt;
                FileOutput output = new FileOutput(attempt, 4098, null)) {
            output.append(
                    MemorySegment.ofBuffer(values.flip()),
                    java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN),
                    Layouts.INT,
                    null);
            output.flush();
            attempt.publish();
        }
        ByteBuffer written = ByteBuffer.wrap(Files.readAllBytes(file())).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 4097; i++) {
            assertThat(written.getInt()).isEqualTo(i * 0x01010101);
        }
    }

    @Test
    void smallBuffersAndOddBlocksMakeTheSameFile() throws IOException {
        byte[] data = new byte[100_003];
        new java.util.Random(7).nextBytes(data);
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("empty", DType.U8, 0),
                TensorSpec.of("data", DType.U8, data.length),
                TensorSpec.of("x", DType.U8, 0, 3));
        byte[] first = null;
        for (int block : new int[] {data.length, 1, 7, 4095, 4096, 4097, 50_000}) {
            WriteOptions options = WriteOptions.defaults().withCrc32(true).withBufferSize(4096);
            try (StreamWriter writer = StreamWriter.open(file(), tensors, options)) {
                writer.finalizeTensor("empty");
                for (int at = 0; at < data.length; at += block) {
                    writer.writeBlock("data", ByteBuffer.wrap(data, at, Math.min(block, data.length - at)));
                }
                writer.finalizeTensor("data");
                writer.writeBlock("x", new byte[0]);
                writer.finalizeTensor("x");
            }
            byte[] written = Files.readAllBytes(file());
            first = first == null ? written : first;
            assertThat(written).isEqualTo(first);
            assertThat(Stsw.verify(file()).ok()).isTrue();
        }
    }

    @Test
    void aHeaderThatIsLargerThanTheBufferGetsItsChecksumsToo() throws IOException {
        List<TensorSpec> tensors = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            tensors.add(TensorSpec.of("tensor" + i, DType.U8, 1));
        }
        WriteOptions options = WriteOptions.defaults().withCrc32(true).withBufferSize(4096);
        try (StreamWriter writer = StreamWriter.open(file(), tensors, options)) {
            for (int i = 0; i < 300; i++) {
                writer.writeBlock("tensor" + i, new byte[] {(byte) i});
                writer.finalizeTensor("tensor" + i);
            }
        }
        assertThat(Stsw.header(file()).dataStart()).isGreaterThan(3 * 4096);
        assertThat(Stsw.verify(file()).ok()).isTrue();
        Map<String, Tensor> loaded = Stsw.load(file());
        for (int i = 0; i < 300; i++) {
            assertThat(loaded.get("tensor" + i).toByteArray()).containsExactly(i);
        }
    }

    @Test
    void theDataSectionIsAligned() throws IOException {
        Stsw.dump(
                Models.small(1),
                file(),
                WriteOptions.defaults().withAlignment(4096).withCrc32(true));
        Header header = Stsw.header(file());
        assertThat(header.dataStart()).isEqualTo(4096);
        assertThat(Stsw.verify(file()).ok()).isTrue();
    }

    @Test
    void declarationsAreCheckedBeforeAnythingIsTouched() throws IOException {
        TensorSpec twice = TensorSpec.of("a", DType.U8, 1);
        assertThatThrownBy(() -> StreamWriter.open(file(), List.of(twice, twice)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("declared twice");
        assertThat(Models.namesIn(folder)).isEmpty();
        assertThatThrownBy(() -> WriteOptions.defaults().withAlignment(12))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WriteOptions.defaults().withBufferSize(1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noTensorsAtAllMakeAFileThatVerifies() throws IOException {
        Stsw.dump(Map.of(), file(), WriteOptions.defaults().withCrc32(true));
        assertThat(Stsw.verify(file()).ok()).isTrue();
        assertThat(Stsw.load(file())).isEmpty();
    }

    @Test
    void emptyMetadataIsNotTheSameAsNone() throws IOException {
        Stsw.dump(Map.of(), file(), WriteOptions.defaults().withMetadata(Map.of()));
        assertThat(Files.readString(file())).contains("__metadata__");
        Stsw.dump(Map.of(), file());
        assertThat(Files.readString(file())).doesNotContain("__metadata__");
    }

    @Test
    void progressAndStatsCountTheDataOnce() throws IOException {
        List<Long> heard = new ArrayList<>();
        WriteOptions options = WriteOptions.defaults().withProgress((done, total) -> {
            assertThat(total).isEqualTo(6);
            heard.add(done);
        });
        try (StreamWriter writer = StreamWriter.open(file(), Models.twoBytes(), options)) {
            assertThat(writer.stats().written()).isZero();
            assertThat(writer.stats().eta()).isEmpty();
            writeBoth(writer);
            assertThat(writer.stats().written()).isEqualTo(6);
            assertThat(writer.stats().total()).isEqualTo(6);
            assertThat(writer.stats().bytesPerSecond()).isPositive();
        }
        assertThat(heard).containsExactly(4L, 6L);
        WriterStats half = new WriterStats(50, 200, Duration.ofSeconds(10));
        assertThat(half.bytesPerSecond()).isEqualTo(5);
        assertThat(half.eta()).contains(Duration.ofSeconds(30));
        assertThat(new WriterStats(200, 200, Duration.ZERO).eta()).contains(Duration.ZERO);
    }

    @Test
    void wholeTensorsOfAnyStridesAreWrittenAndFinalized() throws IOException {
        Tensor matrix = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        List<TensorSpec> specs = List.of(TensorSpec.of("t", DType.F32, 3, 2), TensorSpec.of("u", DType.F32, 2, 3));
        try (StreamWriter writer = StreamWriter.open(file(), specs)) {
            assertThatThrownBy(() -> writer.writeTensor("t", matrix))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tensor 't' was declared as F32 [3, 2], but is given as F32 [2, 3]");
            writer.writeTensor("t", matrix.transpose());
            writer.writeBlock("u", new float[1]);
            assertThatThrownBy(() -> writer.writeTensor("u", matrix))
                    .isInstanceOf(TensorOrderException.class)
                    .hasMessageContaining("4 of 24 bytes are written already");
            writer.writeBlock("u", new float[5]);
            writer.finalizeTensor("u");
        }
        assertThat(Stsw.load(file()).get("t").toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
    }

    @Test
    void aChannelMustHoldExactlyTheTensorsBytes() throws IOException {
        for (int size : new int[] {3, 4, 5}) {
            Files.deleteIfExists(file());
            StreamWriter writer = StreamWriter.open(file(), Models.twoBytes());
            try (writer) {
                var channel = Channels.newChannel(new ByteArrayInputStream(new byte[size]));
                if (size == 4) {
                    writer.writeTensor("a", channel);
                    assertThat(channel.isOpen()).isTrue();
                } else {
                    assertThatThrownBy(() -> writer.writeTensor("a", channel))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("tensor 'a'")
                            .hasMessageContaining(size < 4 ? "ended after 3 of 4 bytes" : "goes on after its 4 bytes");
                }
                writer.abort();
            }
            assertThat(Models.namesIn(folder)).isEmpty();
        }
    }

    @Test
    void aForgottenFinalizeTensorIsNamed() throws IOException {
        StreamWriter writer = StreamWriter.open(file(), Models.twoBytes());
        writer.writeBlock("a", new byte[4]);
        assertThatThrownBy(() -> writer.writeBlock("b", new byte[2]))
                .isInstanceOf(TensorOrderException.class)
                .hasMessageContaining("tensor 'a' is written whole: call finalizeTensor first");
        assertThatThrownBy(writer::close)
                .isInstanceOf(TensorOrderException.class)
                .hasMessageContaining("call finalizeTensor after its last block");
    }

    @Test
    void anotherThreadMayAskHowFarItIs() throws Exception {
        try (StreamWriter writer = StreamWriter.open(file(), List.of(TensorSpec.of("x", DType.U8, 100_000)))) {
            AtomicBoolean done = new AtomicBoolean();
            Thread watcher = Thread.ofPlatform().start(() -> {
                while (writer.stats().written() < 100_000) {
                    Thread.onSpinWait();
                }
                done.set(true);
            });
            for (int i = 0; i < 100_000; i += 10) {
                writer.writeBlock("x", new byte[10]);
            }
            watcher.join(30_000);
            assertThat(done).isTrue();
            writer.finalizeTensor("x");
        }
    }

    @Test
    void whatDoesNotWaitForTheDiskIsTheSameFile() throws IOException {
        Stsw.dump(Models.small(1), file());
        byte[] durable = Files.readAllBytes(file());
        Stsw.dump(Models.small(1), file(), WriteOptions.defaults().withDurable(false));
        assertThat(file()).hasBinaryContent(durable);
        Stsw.writeShards(
                Tensors.source(Models.small(1)),
                folder.resolve("m"),
                "m",
                60,
                WriteOptions.defaults().withDurable(false));
        assertThat(Models.namesIn(folder.resolve("m"))).hasSize(3);
    }

    @Test
    void aListenerThatThrowsEndsDumpAndLeavesNothing() throws IOException {
        WriteOptions options = WriteOptions.defaults().withProgress((done, total) -> {
            throw new IllegalStateException("enough");
        });
        assertThatThrownBy(() -> Stsw.dump(Models.small(1), file(), options))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("enough")
                .hasNoSuppressedExceptions();
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    @Test
    void viewsWithGapsAreDumpedWithoutThem() throws IOException {
        Tensor cube = Tensor.of(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 2, 2, 2);
        Tensor nibbles =
                Tensor.of(DType.F4, dev.stsw.format.Shape.of(2, 2), MemorySegment.ofArray(new byte[] {0x21, 0x43}));
        Stsw.dump(Map.of("x", cube.select(2, 1), "f4", nibbles.select(1, 0)), file());
        Map<String, Tensor> loaded = Stsw.load(file());
        assertThat(loaded.get("x").toIntArray()).containsExactly(1, 3, 5, 7);
        assertThat(loaded.get("f4").toByteArray()).inHexadecimal().containsExactly(0x31);
    }

    @Test
    void aFileCanBeDumpedOverItself() throws IOException {
        Stsw.dump(Models.small(1), file());
        Map<String, Tensor> mapped = Stsw.load(file());
        float[] weight = mapped.get("weight").toFloatArray();
        assertThatCode(() -> Stsw.dump(mapped, file())).doesNotThrowAnyException();
        assertThat(Stsw.load(file()).get("weight").toFloatArray()).isEqualTo(weight);
    }
}
