package dev.stsw.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On the file system of a zip archive, which lets nobody move a file over another one: as Windows, where that is open.
class ReplacementTest {
    @TempDir
    Path folder;

    private FileSystem zip;
    private Path temporary;
    private Path target;

    @BeforeEach
    void writeBoth() throws IOException {
        zip = FileSystems.newFileSystem(folder.resolve("archive.zip"), Map.of("create", "true"));
        temporary = Files.writeString(zip.getPath("/temporary"), "new");
        target = Files.writeString(zip.getPath("/model.safetensors"), "old");
    }

    @AfterEach
    void closeArchive() throws IOException {
        zip.close();
    }

    @Test
    void aFileThatStaysInUseIsNamedAndStays() {
        assertThatThrownBy(() -> Replacement.move(temporary, target))
                .isInstanceOf(FileSystemException.class)
                .hasMessageStartingWith("/model.safetensors: is in use")
                .hasCauseInstanceOf(FileAlreadyExistsException.class);
        assertThat(target).hasContent("old");
        assertThat(temporary).hasContent("new");
    }

    @Test
    void aFileThatIsLetGoOfIsReplaced() throws Exception {
        Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(50);
                Files.delete(target);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Replacement.move(temporary, target);
        assertThat(target).hasContent("new");
        assertThat(temporary).doesNotExist();
    }

    @Test
    void whoeverWaitsForThatCanBeInterrupted() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Replacement.move(temporary, target)).isInstanceOf(InterruptedException.class);
        assertThat(target).hasContent("old");
    }

    @Test
    void otherFaultsAreNotTriedAgain() throws IOException {
        Files.delete(target);
        Files.delete(temporary);
        assertThatThrownBy(() -> Replacement.move(temporary, target)).isInstanceOf(NoSuchFileException.class);
        Path missing = folder.resolve("missing");
        Path there = Files.createFile(folder.resolve("there"));
        assertThatThrownBy(() -> Replacement.move(missing, there)).isInstanceOf(FileSystemException.class);
    }
}
