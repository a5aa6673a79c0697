package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Beyond 2 GB, with sparse files where they will do.
@Timeout(300)
class LargeFileTest {
    private static final long SIZE = 3_000_000_001L;

    @TempDir
    Path folder;

    /// A file of that size, zeros but for its last byte, which takes no room.
    private static void sparse(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(new byte[] {42}), size - 1);
        }
    }

    @Test
    void threeGigabytesAreWrittenFromOneSegmentAndReadBack() throws IOException {
        assumeThat(Files.getFileStore(folder).getUsableSpace())
                .as("room for the written file")
                .isGreaterThan(2 * SIZE);
        Path source = folder.resolve("source");
        sparse(source, SIZE);
        Path file = folder.resolve("model.safetensors");
        List<TensorSpec> tensors = List.of(TensorSpec.of("big", DType.U8, SIZE), TensorSpec.of("next", DType.U8, 1));
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(source);
                StreamWriter writer =
                        StreamWriter.open(file, tensors, WriteOptions.defaults().withCrc32(true))) {
            writer.writeBlock("big", channel.map(MapMode.READ_ONLY, 0, SIZE, arena));
            writer.finalizeTensor("big");
            writer.writeBlock("next", new byte[] {7});
            writer.finalizeTensor("next");
        }
        try (StreamReader reader = StreamReader.open(file)) {
            assertThat(reader.getSlice("big").byteSize()).isEqualTo(SIZE);
            assertThat(reader.tensor("big").getLong(SIZE - 1)).isEqualTo(42);
            assertThat(reader.tensor("big").slice(0, SIZE - 2, SIZE).toIntArray())
                    .containsExactly(0, 42);
            assertThat(reader.tensor("next").getInt(0)).isEqualTo(7);
        }
        assertThat(Stsw.verify(file).ok()).isTrue();
    }

    @Test
    void moreThanAnArrayHoldsIsRefusedBeforeAnythingIsAllocated() throws IOException {
        Path source = folder.resolve("source");
        sparse(source, SIZE);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(source)) {
            MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, SIZE, arena);
            Tensor tensor = Tensor.of(DType.U8, Shape.of(SIZE), mapped);
            assertThatThrownBy(tensor::toFloatArray)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("slice()");
            assertThatThrownBy(tensor::toByteArray)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("3000000001 bytes");
            assertThat(tensor.data().get(ValueLayout.JAVA_BYTE, SIZE - 1)).isEqualTo((byte) 42);
        }
    }
}
