package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The examples on the pages of the commands do what they say, in a shell.
@EnabledOnOs({OS.LINUX, OS.MAC})
class CliPagesTest {
    @TempDir
    Path folder;

    static Stream<String> pages() {
        return Cli.files(Cli.ROOT.resolve("docs/cli")).stream().filter(file -> file.endsWith(".md"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void itsExamplesRun(String page) throws Exception {
        List<String> blocks = Document.read("docs/cli/" + page).blocks("sh");
        prepare();
        String stsw =
                Program.stsw(List.of()).stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        for (String block : blocks) {
            String script = "set -euo pipefail\nstsw() { " + stsw + " \"$@\"; }\n" + block;
            Cli.Result result = Program.run(folder, List.of("bash", "-c", script));
            assertThat(result.err()).as(block).isEmpty();
            assertThat(result.exitCode()).as(block).isZero();
        }
    }

    /// What the examples are about: a checkpoint, a file, a folder of shards, and a file that changes one tensor.
    private void prepare() throws IOException {
        Files.copy(Cli.EXAMPLE, folder.resolve("pytorch_model.bin"));
        Path model = folder.resolve("model.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, model).exitCode()).isZero();
        assertThat(Cli.run("split", model, folder.resolve("model"), "--max-shard-size", "30KB")
                        .exitCode())
                .isZero();
        assertThat(Cli.run("convert", model, folder.resolve("patch.safetensors"), "--include", "ln_f.*")
                        .exitCode())
                .isZero();
    }
}
