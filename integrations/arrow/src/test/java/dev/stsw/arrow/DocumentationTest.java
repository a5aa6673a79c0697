package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of Arrow in the documentation is compiled and run. */
class DocumentationTest {
    private static final Path DOCUMENT = Path.of(System.getProperty("stsw.root"), "docs", "frameworks.md");

    @TempDir
    private Path folder;

    @Test
    void itsCodeRuns() throws Exception {
        List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(DOCUMENT))
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains("ArrowTensors"))
                .toList();
        assertThat(blocks).hasSize(1);
        Path source = Files.writeString(folder.resolve("Example.java"), blocks.get(0));
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString())
                .directory(folder.toFile())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        String printed = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor()).as(Files.readString(folder.resolve("errors"))).isZero();
        assertThat(printed.lines()).containsExactly("[4.0,5.0,6.0]", "F32 [2, 3]", "F32 [2, 3]");
    }
}
