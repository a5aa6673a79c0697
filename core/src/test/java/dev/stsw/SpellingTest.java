package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where `Model` and `model` are one file: on Windows and on most Macs, and on Linux in a folder without case, which
/// the
/// kernel may have (tmpfs with `casefold`) or not.
class SpellingTest {
    private static final WriteOptions RESUME =
            WriteOptions.defaults().withCrc32(true).withResume(true);

    @TempDir
    Path folder;

    private boolean mounted;

    @BeforeEach
    void requireThatCaseMakesNoDifference() throws Exception {
        if (!caseMakesNoDifference()) {
            mounted = runs("mount", "-t", "tmpfs", "-o", "casefold,size=8m", "tmpfs", folder.toString())
                    && runs("chattr", "+F", folder.toString());
        }
        assumeThat(caseMakesNoDifference())
                .as("SKIPPED: names differ by case here, and no folder without case can be made")
                .isTrue();
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(runs("umount", "-l", folder.toString())).isTrue();
        }
    }

    private boolean caseMakesNoDifference() throws IOException {
        Path probe = Files.createFile(folder.resolve("probe"));
        try {
            return Files.exists(folder.resolve("PROBE"));
        } finally {
            Files.delete(probe);
        }
    }

    private static boolean runs(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    @Test
    void shardsOfOneModelDoNotReplaceThoseOfOneInOtherLetters() throws IOException {
        Stsw.writeShards(Tensors.source(Models.small(1)), folder, "model", 60, WriteOptions.defaults());
        List<String> before = Models.namesIn(folder);
        byte[] index = Files.readAllBytes(folder.resolve("model.safetensors.index.json"));
        for (String stem : List.of("Model", "MODEL")) {
            assertThatThrownBy(() -> Stsw.writeShards(
                            Tensors.source(Models.small(2)), folder, stem, 60, WriteOptions.defaults()))
                    .isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(Models.namesIn(folder)).isEqualTo(before);
        assertThat(folder.resolve("model.safetensors.index.json")).hasBinaryContent(index);
    }

    @Test
    void aPartialFileIsTheSameInOtherLetters() throws IOException {
        StreamWriter first = StreamWriter.open(folder.resolve("model"), Models.twoBytes(), RESUME);
        assertThatThrownBy(() -> StreamWriter.open(folder.resolve("MODEL"), Models.twoBytes(), RESUME))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("another writer");
        first.abort();
        StreamWriter second = StreamWriter.open(folder.resolve("Model"), Models.twoBytes(), RESUME);
        second.abort();
        assertThat(Models.namesIn(folder)).hasSize(1);
    }

    @Test
    void aFileIsEditedAndReplacedInOtherLettersToo() throws IOException {
        Stsw.dump(Models.small(1), folder.resolve("model.safetensors"));
        Path other = folder.resolve("Model.safetensors");
        Stsw.editMetadata(other, metadata -> Map.of("license", "MIT"));
        assertThat(Stsw.header(other).metadata()).hasValue(Map.of("license", "MIT"));
        assertThat(Models.namesIn(folder)).hasSize(1);
        Stsw.dump(Models.small(2), other);
        assertThat(Models.namesIn(folder)).hasSize(1);
    }
}
