package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.DType;
import dev.stsw.format.FileChangedException;
import dev.stsw.format.HeaderException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that are none: bytes in memory, and what is behind a channel.
class MemoryReaderTest {
    private static final ReadOptions CHECKING = ReadOptions.defaults().withVerifyCrc(true);

    @TempDir
    Path folder;

    private Path file;
    private byte[] bytes;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("model.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>(Models.small(3));
        tensors.put("large", Tensor.of(new float[1 << 12], 64, 64));
        Stsw.dump(tensors, file, WriteOptions.defaults().withCrc32(true));
        bytes = Files.readAllBytes(file);
    }

    private void requireSame(StreamReader reader) throws IOException {
        try (reader;
                StreamReader onDisk = StreamReader.open(file)) {
            assertThat(reader.keys()).isEqualTo(onDisk.keys());
            for (String name : reader.keys()) {
                assertThat(reader.meta(name)).isEqualTo(onDisk.meta(name));
                assertThat(reader.tensor(name).toByteArray())
                        .isEqualTo(onDisk.tensor(name).toByteArray());
            }
            Path copy = folder.resolve("copy.safetensors");
            Stsw.write(reader.asSource(), copy, WriteOptions.defaults().withCrc32(true));
            assertThat(copy).hasBinaryContent(bytes);
            assertThatThrownBy(reader::path).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void bytesInMemoryReadAsTheFileDoes() throws IOException {
        requireSame(StreamReader.open(bytes, CHECKING));
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length + 9)
                .position(4)
                .put(bytes)
                .flip()
                .position(4);
        requireSame(StreamReader.open(buffer, CHECKING));
        assertThat(buffer.position()).isEqualTo(4);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
            StreamReader reader = StreamReader.open(memory, CHECKING);
            assertThat(reader.asSource().concurrent()).isFalse();
            requireSame(reader);
        }
    }

    @Test
    void whatIsBehindAChannelReadsAsTheFileDoes() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            requireSame(StreamReader.open(channel, CHECKING));
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void aChannelThatIsCutMeanwhileIsAFaultOfTheFile() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                StreamReader reader = StreamReader.open(channel, ReadOptions.defaults())) {
            channel.truncate(bytes.length - 1);
            assertThatThrownBy(() -> {
                        for (String name : reader.keys()) {
                            reader.tensor(name);
                        }
                    })
                    .isInstanceOf(FileChangedException.class)
                    .hasMessageContaining("it was cut");
        }
    }

    @Test
    void tensorsAreViewsOfTheMemoryAndReadOnly() throws IOException {
        try (StreamReader reader = StreamReader.open(bytes, ReadOptions.defaults())) {
            Tensor tensor = reader.tensor("large");
            bytes[bytes.length - 1] = 0x40;
            assertThat(Arrays.stream(reader.tensor("bias").toLongArray())).hasSize(2);
            assertThat(tensor.data().isReadOnly()).isTrue();
        }
    }

    @Test
    void damagedBytesAreRefusedAsDamagedFilesAre() throws IOException {
        bytes[bytes.length - 1] ^= 1;
        try (StreamReader reader = StreamReader.open(bytes, CHECKING)) {
            assertThatThrownBy(() -> {
                        for (String name : reader.keys()) {
                            reader.tensor(name);
                        }
                    })
                    .isInstanceOf(ChecksumException.class)
                    .hasMessageStartingWith("memory: ");
        }
        assertThatThrownBy(() -> StreamReader.open(new byte[7], CHECKING)).isInstanceOf(HeaderException.class);
        assertThatThrownBy(() -> StreamReader.open(Arrays.copyOf(bytes, bytes.length - 1), CHECKING))
                .isInstanceOf(HeaderException.class);
    }

    @Test
    void savedBytesAreThoseOfTheFileAndLoadAgain() throws IOException {
        Map<String, Tensor> tensors = Models.small(5);
        Stsw.dump(tensors, file);
        byte[] saved = Stsw.save(tensors);
        assertThat(file).hasBinaryContent(saved);
        Map<String, Tensor> loaded = Stsw.load(saved);
        assertThat(loaded.keySet()).containsExactlyInAnyOrder("weight", "bias");
        assertThat(loaded.get("weight").toFloatArray())
                .isEqualTo(tensors.get("weight").toFloatArray());
        assertThat(Stsw.load(Stsw.save(Map.of()))).isEmpty();
    }

    @Test
    void requiredChecksumsMustBeThereAndHold() throws IOException {
        ReadOptions options = ReadOptions.defaults().withRequireCrc(true);
        assertThat(options.verifyCrc()).isTrue();
        StreamReader.open(file, options).close();
        Stsw.dump(Map.of("x", Tensor.scalar(DType.F32, 1)), file);
        assertThatThrownBy(() -> StreamReader.open(file, options))
                .isInstanceOf(ChecksumException.class)
                .hasMessage(file + ": it has no checksums, and they are required");
        StreamReader.open(file, CHECKING).close();
    }
}
