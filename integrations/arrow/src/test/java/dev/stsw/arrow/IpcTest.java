package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrow's files: what pyarrow wrote is read, and what is written is read again; interop has pyarrow read it, too. */
class IpcTest {
    private static final Path GOLDEN = Path.of(System.getProperty("stsw.root"), "interop", "golden", "arrow");

    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    private Path folder;

    @AfterEach
    void nothingStaysAllocated() {
        allocator.close();
    }

    private Map<String, Tensor> read(Path file) throws IOException {
        Path safetensors = folder.resolve("read.safetensors");
        try (TensorSource source = ArrowTensors.fromIpc(FileChannel.open(file))) {
            Stsw.write(source, safetensors, WriteOptions.defaults());
        }
        return Stsw.load(safetensors);
    }

    private static void assertSame(Map<String, Tensor> found, Map<String, Tensor> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> {
            assertThat(found.get(name)).as(name).hasToString(tensor.toString());
            assertThat(found.get(name).toByteArray()).as(name).isEqualTo(tensor.toByteArray());
        });
    }

    @Test
    void whatPyarrowWroteIsReadBitForBit() throws IOException {
        for (String name : new String[] {"every-type", "batches"}) {
            assertSame(read(GOLDEN.resolve(name + ".arrow")), Stsw.load(GOLDEN.resolve(name + ".safetensors")));
        }
    }

    @Test
    void columnsThatAreNoTensorsAreNamed() {
        assertThatThrownBy(() -> read(GOLDEN.resolve("others.arrow")))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("Arrow IPC file: column 'text' holds Utf8")
                .hasMessageContaining("; column 'dictionary' holds indices of a dictionary")
                .hasMessageContaining("; column 'permuted': its dimensions are permuted");
    }

    @Test
    void columnsOfTextAreLeftWhereTheyAre() throws IOException {
        try (TensorSource source = ArrowTensors.fromIpc(
                FileChannel.open(GOLDEN.resolve("others.arrow")), name -> name.startsWith("fine"))) {
            Path safetensors = folder.resolve("fine.safetensors");
            Stsw.write(source, safetensors, WriteOptions.defaults());
            assertSame(Stsw.load(safetensors), Stsw.load(GOLDEN.resolve("others.safetensors")));
        }
    }

    @Test
    void compressedFilesAreRefused() {
        assertThatThrownBy(() -> read(GOLDEN.resolve("compressed.arrow")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("compressed");
    }

    @Test
    void nullsAreFound() {
        assertThatThrownBy(() -> read(GOLDEN.resolve("nulls.arrow")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("column 'x' has 1 nulls");
    }

    @Test
    void whatIsWrittenInBatchesIsReadAgain() throws IOException {
        Map<String, Tensor> columns = Stsw.load(GOLDEN.resolve("every-type.safetensors"));
        for (long batchBytes : new long[] {1, 500, 1 << 20}) {
            Path file = folder.resolve("x.arrow");
            try (FileChannel out = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                IpcFiles.write(columns, Map.of(), out, allocator, batchBytes);
                assertThat(out.isOpen()).isTrue();
            }
            assertSame(read(file), columns);
        }
    }

    @Test
    void columnsAreWidenedBatchByBatch() throws IOException {
        Map<String, Tensor> columns = new LinkedHashMap<>();
        columns.put("id", Tensor.of(new long[] {1, 2, 3}));
        columns.put("embedding", Tensor.of(DType.BF16, new float[] {1, -2, 3, 4, 5, 6}, 3, 2));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThatThrownBy(() -> ArrowTensors.toIpc(columns, Channels.newChannel(bytes), allocator))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("tensor 'embedding', BF16 [3, 2]: Arrow has no type for BF16: widen to F32");
        assertThat(bytes.size()).isZero();
        ArrowTensors.toIpc(columns, Map.of("embedding", DType.F32), Channels.newChannel(bytes), allocator);
        Map<String, Tensor> found = read(Files.write(folder.resolve("x.arrow"), bytes.toByteArray()));
        assertThat(found.get("embedding").toFloatArray()).containsExactly(1, -2, 3, 4, 5, 6);
        assertThat(found.get("embedding").dtype()).isEqualTo(DType.F32);
        assertThat(found.get("id").toLongArray()).containsExactly(1, 2, 3);
    }

    @Test
    void columnsOfDifferentLengthAreRefused() {
        Map<String, Tensor> columns = new LinkedHashMap<>();
        columns.put("a", Tensor.of(new long[3]));
        columns.put("b", Tensor.of(new long[4]));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThatThrownBy(() -> ArrowTensors.toIpc(columns, Channels.newChannel(bytes), allocator))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tensor 'a', I64 [3]; tensor 'b', I64 [4]");
        assertThatThrownBy(() -> ArrowTensors.toIpc(Map.of(), Channels.newChannel(bytes), allocator))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(bytes.size()).isZero();
    }

    @Test
    void damagedFilesEndInAnIoException() throws IOException {
        byte[] good = Files.readAllBytes(GOLDEN.resolve("batches.arrow"));
        Path file = folder.resolve("bad.arrow");
        for (int cut = 0; cut < good.length; cut += 97) {
            Files.write(file, Arrays.copyOf(good, cut));
            assertThatThrownBy(() -> read(file)).as("cut at %s", cut).isInstanceOf(IOException.class);
        }
        Random random = new Random(8);
        for (int round = 0; round < 400; round++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bad);
            try {
                read(file);
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }
}
