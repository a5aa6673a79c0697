package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The code in docs/frameworks.md is the code of the example, which is compiled and run by the build.
class DocumentationTest {
    private static final Path ROOT = Path.of(System.getProperty("stsw.root"));

    @Test
    void itsCodeIsTheExamples() throws Exception {
        String example =
                Files.readString(ROOT.resolve("examples/djl/src/main/java/dev/stsw/examples/djl/TinyTransformer.java"));
        List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("docs/frameworks.md")))
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains("DjlTensors"))
                .toList();
        assertThat(blocks).hasSize(2).allSatisfy(block -> assertThat(example).contains(block));
    }
}
