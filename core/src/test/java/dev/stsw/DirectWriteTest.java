package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.DirectIo;
import dev.stsw.publish.FileOutput;
import dev.stsw.publish.Temporary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Writes past the page cache: the same bytes, or the ordinary way.
class DirectWriteTest {
    private static final int BUFFER = 1 << 16;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, BUFFER - 1, BUFFER, BUFFER + 1, 10 * BUFFER, 10 * BUFFER + 4097})
    void areTheSameBytes(int size) throws IOException {
        byte[] bytes = random(size);
        Path file = folder.resolve("file");

        write(file, bytes, FileChannel::open);

        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no writes go past the cache there")
    void startAgainThroughTheCacheWhereTheFileSystemRefusesThem() throws IOException {
        byte[] bytes = random(10 * BUFFER + 17);
        Path file = folder.resolve("file");
        List<Set<? extends OpenOption>> opened = new ArrayList<>();

        write(file, bytes, (path, options, attributes) -> {
            opened.add(options);
            boolean direct = options.contains(DirectIo.option());
            return direct
                    ? new FailingChannel.Opener(3, false).open(path, options, attributes)
                    : FileChannel.open(path, options, attributes);
        });

        assertThat(opened).hasSize(2);
        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    void areDoneWithoutWhereNoSuchChannelOpens() throws IOException {
        byte[] bytes = random(3 * BUFFER);
        Path file = folder.resolve("file");

        write(file, bytes, (path, options, attributes) -> {
            if (options.contains(DirectIo.option())) {
                throw new UnsupportedOperationException("none here");
            }
            return FileChannel.open(path, options, attributes);
        });

        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    void ofALargeModelReadBackEqualWithTheirChecksums() throws IOException {
        Path file = folder.resolve("model.safetensors");
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("odd", DType.U8, 3_000_001),
                TensorSpec.of("large", DType.F32, 40_000_000),
                TensorSpec.of("last", DType.U8, 5));
        Random random = new Random(5);
        try (StreamWriter writer =
                StreamWriter.open(file, tensors, WriteOptions.defaults().withCrc32(true))) {
            for (TensorSpec tensor : tensors) {
                long left = tensor.byteSize();
                while (left > 0) {
                    byte[] block = new byte[(int) Math.min(left, 1 + random.nextInt(9_000_000))];
                    random.nextBytes(block);
                    writer.writeBlock(tensor.name(), block);
                    left -= block.length;
                }
                writer.finalizeTensor(tensor.name());
            }
        }

        assertThat(Stsw.verify(file).ok()).isTrue();
    }

    @Test
    void thatFailBehindTheWritersBackAreReported() throws IOException {
        Path file = folder.resolve("file");
        assertThatThrownBy(() -> write(file, random(10 * BUFFER), new FailingChannel.Opener(2, false)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Input/output error");
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    private static void write(Path path, byte[] bytes, Temporary.Opener opener) throws IOException {
        try (AtomicFile file = AtomicFile.create(path, opener);
                FileOutput output = new FileOutput(file, BUFFER, null)) {
            file.bypassCache();
            try (Arena arena = Arena.ofConfined()) {
                var copy = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
                copy.asByteBuffer().put(ByteBuffer.wrap(bytes));
                output.append(copy, ValueLayout.JAVA_BYTE, ValueLayout.JAVA_BYTE, null);
            }
            output.flush();
            file.publish();
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
