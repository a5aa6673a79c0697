package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything in the README that can be run, is run.
class ReadmeTest {
    @TempDir
    Path folder;

    @Test
    void itsJavaCodeRuns() throws Exception {
        Program.requireCompiler();
        Cli.copy(Cli.ROOT.resolve("examples"), folder.resolve("examples"));
        List<String> blocks = Document.read("README.md").blocks("java");
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(4);
        StringBuilder printed = new StringBuilder();
        for (String block : blocks) {
            Path source = Files.writeString(folder.resolve("Readme.java"), block);
            Cli.Result result = Program.run(folder, Program.java(source.toString()));
            assertThat(result.exitCode()).as(block + result.err()).isZero();
            printed.append(result.out());
        }
        assertThat(printed.toString().lines())
                .containsExactly(
                        "embedding F32 [1000, 64]",
                        "ids I64 [3]",
                        "256000",
                        "64",
                        "3.0",
                        "lm_head.weight is wte.weight");
    }

    @Test
    void itsCommandsPrintWhatItShows() throws Exception {
        Cli.copy(Cli.ROOT.resolve("examples"), folder.resolve("examples"));
        Document readme = Document.read("README.md");
        StringBuilder printed = new StringBuilder();
        for (String line : readme.blocks("sh").get(0).lines().toList()) {
            List<String> words = Arrays.asList(line.split(" "));
            assertThat(words.get(0)).isEqualTo("./stsw");
            Cli.Result result = Program.run(folder, Program.stsw(words.subList(1, words.size())));
            assertThat(result.exitCode()).as(line + result.err()).isZero();
            printed.append(result.out());
        }
        String really = withoutTimes(printed.toString());
        for (String block : readme.blocks("")) {
            withoutTimes(block)
                    .lines()
                    .filter(line -> !line.equals("…"))
                    .forEach(line -> assertThat(really.lines()).contains(line));
        }
    }

    private static String withoutTimes(String text) {
        return text.replaceAll("in \\d+\\.\\d s( \\([^)]*\\))?", "in no time");
    }

    @Test
    void itsTestCommandIsTheOneThatCiRuns() throws IOException {
        assertThat(Document.read("README.md").blocks("sh").get(1)).isEqualTo("./mvnw verify\n");
        assertThat(Files.readString(Cli.ROOT.resolve(".ci/run"))).containsPattern("\\./mvnw( --\\S+)* verify\n");
    }
}
