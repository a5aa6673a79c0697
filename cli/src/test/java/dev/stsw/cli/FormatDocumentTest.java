package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Python program of docs/format.md tells good files from damaged ones.
class FormatDocumentTest {
    private static final String MARK = "<!-- check: verify -->\n```python\n";

    @TempDir
    Path folder;

    @Test
    void tenLinesOfPythonFindEveryFlippedBit() throws Exception {
        assumeTrue(hasPython(), "there is no python3");
        String text = Document.read("docs/format.md").text();
        String program = text.substring(text.indexOf(MARK) + MARK.length());
        Path script = Files.writeString(folder.resolve("verify.py"), program.substring(0, program.indexOf("```")));
        Path file = folder.resolve("model.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, file, "--crc32").exitCode()).isZero();
        assertThat(verify(script, file)).isZero();
        byte[] bytes = Files.readAllBytes(file);
        for (int at : new int[] {0, 8, 200, 2000, 2679, 2680, 40_000, bytes.length - 1}) {
            bytes[at] ^= 1;
            assertThat(verify(script, Files.write(file, bytes)))
                    .as("byte " + at)
                    .isNotZero();
            bytes[at] ^= 1;
        }
    }

    private int verify(Path script, Path file) throws IOException, InterruptedException {
        return Program.run(folder, List.of("python3", script.toString(), file.toString()))
                .exitCode();
    }

    private boolean hasPython() throws InterruptedException {
        try {
            return Program.run(folder, List.of("python3", "--version")).exitCode() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
