package dev.stsw.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each in a virtual machine of its own. That the same deed by hand ends it is what makes this worth a test.
class DeathsTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("model.safetensors");
        float[] values = new float[3000];
        values[0] = 21;
        Stsw.dump(Map.of("w", Tensor.of(values)), file);
    }

    @Test
    void byHandTheMachineDies() throws Exception {
        assertThat(Child.run(Deeds.class, "use-after-close-by-hand", file.toString()))
                .matches(Child.Result::died);
    }

    @ParameterizedTest
    @CsvSource({"use-after-close, done: 21.0", "use-after-close-zero-copy, refused: IllegalStateException"})
    void withOnnxTensorsItLives(String deed, String outcome) throws Exception {
        assertThat(Child.run(Deeds.class, deed, file.toString())).isEqualTo(new Child.Result(0, outcome));
    }
}
