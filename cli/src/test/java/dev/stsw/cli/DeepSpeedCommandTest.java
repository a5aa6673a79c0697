package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders of DeepSpeed on the command line.
class DeepSpeedCommandTest {
    private static final Path STAGE3 = Cli.ROOT.resolve("interop/golden/deepspeed/stage3");

    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("out.safetensors");
    }

    @Test
    void aFolderBecomesTheWeightsInF32() throws IOException {
        Cli.Result result = Cli.run("convert", STAGE3, out(), "--exclude", "wpe*", "--dtype", "bf16");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("from PyTorch (DeepSpeed ZeRO-3)").contains("shared: lm_head.weight");
        try (StreamReader reader = StreamReader.open(out())) {
            assertThat(reader.keys()).contains("wte.weight", "h.0.count").doesNotContain("wpe.weight");
        }
        assertThat(Cli.run("inspect", STAGE3).out()).contains("PyTorch (DeepSpeed ZeRO-3)");
    }

    @Test
    void theFolderAboveMeansTheOneThatItCallsItsLatest() throws IOException {
        Path step = Files.createDirectories(folder.resolve("run/global_step10"));
        for (String file : Cli.files(STAGE3)) {
            Files.copy(STAGE3.resolve(file), step.resolve(file));
        }
        Files.writeString(folder.resolve("run/latest"), "global_step10\n");
        assertThat(Cli.run("convert", folder.resolve("run"), out()).exitCode()).isZero();
        Files.writeString(folder.resolve("run/latest"), "../run/global_step10");
        assertThat(Cli.run("convert", folder.resolve("run"), out()).exitCode()).isEqualTo(2);
    }

    @Test
    void theEmptyModelStatesSayWhatToDo() {
        Cli.Result result = Cli.run("convert", STAGE3.resolve("zero_pp_rank_0_mp_rank_00_model_states.pt"), out());
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("tensors are empty").contains("convert the folder");
    }

    @Test
    void verifyHasNothingToCompare() {
        Cli.Result result = Cli.run("verify", STAGE3);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--crc32");
    }
}
