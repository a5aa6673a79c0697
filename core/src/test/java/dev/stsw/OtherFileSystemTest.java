package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.Header;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Paths of other file systems: here, entries of a zip archive.
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
}
