package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The code in docs/frameworks.md that needs no other library runs; that of a module runs in its module's tests.
class FrameworksDocumentTest {
    @TempDir
    Path folder;

    @Test
    void itsCodeForNumpyRuns() throws Exception {
        Program.requireCompiler();
        List<String> blocks = Document.read("docs/frameworks.md").blocks("java").stream()
                .filter(block -> block.contains("NumpyWriter"))
                .toList();
        assertThat(blocks).hasSize(1);
        Path source = Files.writeString(folder.resolve("Example.java"), blocks.get(0));
        Cli.Result result = Program.run(folder, Program.java(source.toString()));
        assertThat(result.exitCode()).as(result.err()).isZero();
        byte[] array = Files.readAllBytes(folder.resolve("w.npy"));
        assertThat(array).hasSize(128 + 24);
        assertThat(Files.size(folder.resolve("model.npz"))).isGreaterThan(array.length);
    }
}
