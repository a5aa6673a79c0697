package dev.stsw.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeakTest {
    /// A thousand rounds take 2 GB outside the heap. What is garbage there may wait for 128 MB, the size of the heap.
    private static final long ALLOWED_KB = 192 << 10;

    @TempDir
    Path folder;

    @Test
    void aThousandRoundsLeaveNoNativeMemoryBehind() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "SKIPPED: only Linux says how much memory there is");
        Path onnx = Path.of(System.getProperty("stsw.root"), "interop", "golden", "onnx");
        Child.Result result = Child.run(Rounds.class, folder.toString(), onnx.toString());
        assertThat(result.exit()).as(result.output()).isZero();
        assertThat(Long.parseLong(result.output())).isLessThan(ALLOWED_KB);
    }
}
