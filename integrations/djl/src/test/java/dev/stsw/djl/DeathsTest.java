package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each in a virtual machine of its own. That the same deeds by hand end it is what makes this worth a test.
class DeathsTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("model.safetensors");
        float[] values = new float[3000];
        values[0] = 21;
        Stsw.dump(Map.of("w", Tensor.of(values), "bf16", Tensor.of(DType.BF16, new float[] {1, 2})), file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"write-by-hand", "use-after-close-by-hand", "bf16-by-hand"})
    void byHandTheMachineDies(String deed) throws Exception {
        assertThat(run(deed)).matches(Child.Result::died);
    }

    @ParameterizedTest
    @CsvSource({
        "write, done: 42.0",
        "use-after-close, done: 21.0",
        "use-after-close-zero-copy, refused: IllegalStateException",
        "bf16, refused: UnsupportedOperationException",
        "bf16-model, refused: UnsupportedOperationException"
    })
    void withDjlTensorsItLives(String deed, String outcome) throws Exception {
        assertThat(run(deed)).isEqualTo(new Child.Result(0, outcome));
    }

    @Test
    void aMappedModelMayBeWrittenTo() throws Exception {
        Stsw.dump(Map.of("w", Stsw.load(file).get("w").contiguous()), folder.resolve("one.safetensors"));
        file = folder.resolve("one.safetensors");
        assertThat(run("write-mapped")).isEqualTo(new Child.Result(0, "done: 42.0"));
    }

    /// The contract of `zeroCopy(Tensor, …)` says so; a change for the better should change it, too.
    @Test
    void onlyWritingToAMappedTensorThatIsSharedStillKills() throws Exception {
        assertThat(run("write-zero-copy")).matches(Child.Result::died);
    }

    private Child.Result run(String deed) throws IOException, InterruptedException {
        return Child.run(Deeds.class, deed, file.toString());
    }
}
