package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeakTest {
    /// A thousand rounds take 8 GB of native memory and give it back: this is not one tensor in ten rounds.
    private static final long ALLOWED_KB = 96 << 10;

    @TempDir
    Path folder;

    @Test
    void aThousandRoundsLeaveNoNativeMemoryBehind() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "SKIPPED: only Linux says how much memory there is");
        Child.Result result = Child.run(Rounds.class, folder.toString());
        assertThat(result.exit()).as(result.output()).isZero();
        assertThat(result.output()).matches("-?\\d+ -?\\d+");
        int gap = result.output().indexOf(' ');
        assertThat(Long.parseLong(result.output().substring(0, gap))).isLessThan(ALLOWED_KB);
        assertThat(Integer.parseInt(result.output().substring(gap + 1))).isZero();
    }
}
