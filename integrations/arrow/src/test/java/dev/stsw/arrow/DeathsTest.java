package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each in a virtual machine of its own. That the same deed by hand ends it is what makes this worth a test.
class DeathsTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("model.safetensors");
        float[] values = new float[300_000]; // The cut goes through pages of the mapping that are beyond the file then.
        Arrays.fill(values, 21);
        Stsw.dump(Map.of("w", Tensor.of(values)), file);
    }

    @Test
    void byHandTheMachineDies() throws Exception {
        assertThat(run("use-after-close-by-hand")).matches(Child.Result::died);
    }

    @ParameterizedTest
    @CsvSource({
        "use-after-close, done: 21.0",
        "use-after-close-zero-copy, refused: IndexOutOfBoundsException",
        "write, done: 42.0",
        "cut, done: 21.0",
        "cut-before, refused: UncheckedIOException",
        "cut-zero-copy, refused: InternalError",
        "cut-zero-copy-copied, refused: InternalError"
    })
    void withArrowTensorsItLives(String deed, String outcome) throws Exception {
        assertThat(run(deed)).isEqualTo(new Child.Result(0, outcome));
    }

    /// The allocator complains of what is still open; the memory is not its own, and stays until the arena is closed.
    @Test
    void anAllocatorThatIsClosedFirstTakesNoMemoryAway() throws Exception {
        assertThat(run("allocator-first"))
                .matches(result -> result.exit() == 0)
                .extracting(Child.Result::output)
                .asString()
                .startsWith("done: [Memory was leaked")
                .endsWith(", 21.0]");
    }

    /// The contract of `zeroCopy` says so; a change for the better should change it, too.
    @ParameterizedTest
    @ValueSource(strings = {"write-zero-copy", "slice-after-close-zero-copy"})
    void onlyWritingToAMappedVectorAndKeepingSlicesOfItStillKill(String deed) throws Exception {
        assertThat(run(deed)).matches(Child.Result::died);
    }

    private Child.Result run(String deed) throws IOException, InterruptedException {
        return Child.run(Deeds.class, deed, file.toString());
    }
}
