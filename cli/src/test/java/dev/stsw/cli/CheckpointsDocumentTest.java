package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of docs/checkpoints.md run, on golden files under the names that the page gives them.
class CheckpointsDocumentTest {
    private static final Map<String, String> FILES = Map.of(
            "model.pt", "examples/tiny-transformer.pt",
            "step-1000", "interop/golden/distributed/fsdp",
            "global_step10", "interop/golden/deepspeed/stage3",
            "model.nemo", "interop/golden/archives/gnu.nemo",
            "model.mar", "interop/golden/archives/model.mar",
            "agent.zip", "interop/golden/archives/agent.zip",
            "model_final.pkl", "interop/golden/pickles/stylegan.pkl",
            "arrays.npz", "interop/golden/numpy/deflated.npz");

    @TempDir
    Path folder;

    private Cli.Result run(String line) throws IOException, InterruptedException {
        List<String> words =
                List.of(line.replaceAll("  +#.*", "").replace("'", "").split(" "));
        assertThat(words.get(0)).isEqualTo("stsw");
        return Program.run(folder, Program.stsw(words.subList(1, words.size())));
    }

    @Test
    void itsCommandsRun() throws Exception {
        for (Map.Entry<String, String> file : FILES.entrySet()) {
            Cli.copy(Cli.ROOT.resolve(file.getValue()), folder.resolve(file.getKey()));
        }
        Document page = Document.read("docs/checkpoints.md");
        List<String> lines = page.blocks("sh").get(0).lines().toList();
        assertThat(lines).hasSizeGreaterThan(6);
        for (String line : lines) {
            Cli.Result result = run(line);
            assertThat(result.exitCode()).as(line + result.err()).isZero();
        }
        // What the tables promise, where there is a small file for it.
        for (String in : List.of("'agent.zip!policy.pth'", "'model.mar!model.pth'")) {
            assertThat(page.text()).contains("`" + in + "`");
            assertThat(run("stsw convert " + in + " out.safetensors").exitCode())
                    .isZero();
        }
        assertThat(run("stsw convert model_final.pkl out.safetensors --key G_ema")
                        .out())
                .contains("7 tensors");
    }

    @Test
    void itsLinksLeadSomewhere() throws IOException {
        assertThat(Document.read("docs/checkpoints.md").links())
                .isNotEmpty()
                .allSatisfy(file -> assertThat(file).exists());
    }
}
