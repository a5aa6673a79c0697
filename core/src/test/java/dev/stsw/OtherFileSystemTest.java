package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.stsw.format.Header;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Paths of other file systems: entries of a zip archive, and files in memory, by the rules of each system for names.
class OtherFileSystemTest {
    @TempDir
    Path folder;

    @Test
    void anEntryOfAZipIsReadAsAFileIs() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Map<String, Tensor> tensors = Models.small(1);
        Stsw.dump(tensors, file, WriteOptions.defaults().withCrc32(true));
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            Path entry = zip.getPath("model.safetensors");
            Files.copy(file, entry);
            try (StreamReader reader =
                    StreamReader.open(entry, ReadOptions.defaults().withRequireCrc(true))) {
                assertThat(reader.tensor("weight").toFloatArray())
                        .isEqualTo(tensors.get("weight").toFloatArray());
            }
            try (Model model = Model.open(zip.getPath("/"))) {
                assertThat(model.keys()).containsExactlyInAnyOrder("weight", "bias");
            }
            assertThat(Stsw.verify(entry).ok()).isTrue();
            assertThat(Stsw.header(entry)).isInstanceOf(Header.class);
            try (SeekableByteChannel channel = Files.newByteChannel(entry);
                    StreamReader reader = StreamReader.open(channel, ReadOptions.defaults())) {
                assertThat(reader.size()).isEqualTo(2);
            }
        }
    }

    @Test
    void writingWhereNothingCanBePutInPlaceSaysWhyNot() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            Path entry = zip.getPath("model.safetensors");
            assertThatThrownBy(() -> Stsw.dump(Models.small(1), entry))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("model.safetensors")
                    .hasMessageContaining("its file system (jar) cannot put files in their place");
            try (var names = Files.list(zip.getPath("/"))) {
                assertThat(names).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource
    void aFileSystemInMemoryIsWrittenAndRead(Configuration rules) throws IOException {
        WriteOptions plain = WriteOptions.defaults();
        WriteOptions checked = plain.withCrc32(true);
        try (FileSystem memory = Jimfs.newFileSystem(rules)) {
            Path models = Files.createDirectories(memory.getPath("models"));
            Path file = models.resolve("model.safetensors");
            for (WriteOptions options : List.of(
                    plain, checked, checked.withResume(true), checked.withDurable(false), checked.withWorkers(2))) {
                Map<String, Tensor> tensors = Models.small(1);
                Stsw.dump(tensors, file, options);
                assertThat(Stsw.verify(file).ok()).isEqualTo(options.crc32());
                try (StreamReader reader = StreamReader.open(file)) {
                    assertThat(reader.tensor("weight").toFloatArray())
                            .isEqualTo(tensors.get("weight").toFloatArray());
                }
            }
            Stsw.writeShards(Tensors.source(Models.small(1)), models.resolve("shards"), "model", 10, plain);
            try (Model model = Model.open(models.resolve("shards"))) {
                assertThat(model.keys()).containsExactlyInAnyOrder("weight", "bias");
            }
            try (var names = Files.list(models)) {
                assertThat(names.map(name -> name.getFileName().toString()))
                        .containsExactlyInAnyOrder("model.safetensors", "shards");
            }
        }
    }

    static List<Configuration> aFileSystemInMemoryIsWrittenAndRead() {
        return List.of(Configuration.unix(), Configuration.osX(), Configuration.windows());
    }
}
