package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.BadFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files by their paths, for those who need no channel.
class OpenPathTest {
    @TempDir
    Path folder;

    @Test
    void aCheckpointAndAnArrayOpenByTheirPaths() throws IOException {
        Path root = Path.of(System.getProperty("stsw.root"));
        try (Checkpoint checkpoint = Checkpoint.open(root.resolve("examples/tiny-transformer.pt"))) {
            assertThat(checkpoint.tensors()).hasSize(31);
            assertThatThrownBy(() -> checkpoint.report().warnings().add("x"))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        Path array = folder.resolve("weights.npy");
        byte[] head = "\u0093NUMPY\1\0F\0{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        byte[] file = java.util.Arrays.copyOf(head, 10 + 0x46 + 8);
        java.util.Arrays.fill(file, head.length, 10 + 0x46, (byte) ' ');
        file[10 + 0x46 - 1] = '\n';
        Files.write(array, file);
        try (NumpyArrays arrays = NumpyArrays.open(array)) {
            assertThat(arrays.tensors().get(0).name()).isEqualTo("weights");
        }
    }

    @Test
    void faultsNameTheFileAndAreBadFiles() throws IOException {
        Path file = Files.writeString(folder.resolve("no.pt"), "no checkpoint");
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(BadFileException.class)
                .hasMessageStartingWith(file + ": ");
        assertThatThrownBy(() -> NumpyArrays.open(file))
                .isInstanceOf(BadFileException.class)
                .hasMessageStartingWith(file + ": ");
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("away"))).isInstanceOf(NoSuchFileException.class);
    }
}
