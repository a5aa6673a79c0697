package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Disks that are full after so many bytes or files, and limits on a file's size: the old file stays, and what can be
/// resumed ends as if nothing had happened once there is room.
@EnabledOnOs(OS.LINUX)
class FullDiskTest {
    private static final int PAGE = 4096;

    @TempDir
    Path folder;

    private boolean mounted;

    private void mount(String options) throws Exception {
        assumeThat(run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk().toString()))
                .as("SKIPPED: no tmpfs can be mounted here")
                .isZero();
        mounted = true;
    }

    private int run(String... command) throws IOException, InterruptedException {
        return Strace.execute(folder.resolve("log"), List.of(command));
    }

    private Path disk() throws IOException {
        return Files.createDirectories(folder.resolve("disk"));
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", "-l", disk().toString())).isZero();
            mounted = false;
        }
    }

    @Test
    void aDiskOfAnySizeHoldsTheOldFileOrTheNewOne() throws Exception {
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        int full = 0;
        for (Scenario scenario : List.of(Scenario.REPLACE, Scenario.RESUMABLE)) {
            // From a page more than the old file to just enough for both.
            long most = whole.length / PAGE + 4L;
            for (long i = 0; i < 20; i++) {
                long pages = 2 + i * (most - 2) / 19;
                mount("size=" + pages * PAGE);
                Path file = scenario.prepare(disk());
                boolean thrown = false;
                try {
                    Scenario.Main.main(scenario.arguments(file));
                } catch (IOException e) {
                    thrown = true;
                    assertThat(e).hasStackTraceContaining("No space left");
                }
                assertThat(scenario.isNew(file, whole)).isEqualTo(!thrown);
                full += thrown ? 1 : 0;
                assertThat(run("mount", "-o", "remount,size=16m", disk().toString()))
                        .isZero();
                Scenario.finish(file, whole);
                unmount();
            }
        }
        System.out.println("full disks: " + full + " of 40 sizes");
        assertThat(full).isBetween(34, 39);
    }

    @Test
    void aDiskWithoutRoomForAnotherFileKeepsTheOldOne() throws Exception {
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        for (Scenario scenario : List.of(Scenario.REPLACE, Scenario.RESUMABLE)) {
            mount("size=16m,nr_inodes=2");
            Path file = scenario.prepare(disk());
            boolean thrown = false;
            try {
                Scenario.Main.main(scenario.arguments(file));
            } catch (IOException e) {
                thrown = true;
            }
            assertThat(thrown).isTrue();
            assertThat(scenario.isNew(file, whole)).isFalse();
            assertThat(Models.namesIn(disk())).containsExactly(Scenario.FILE);
            unmount();
        }
    }

    @Test
    void aLimitOnTheSizeOfFilesKeepsTheOldOne() throws Exception {
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        Scenario scenario = Scenario.RESUMABLE;
        for (int i = 0; i < 10; i++) {
            Path file = scenario.prepare(disk());
            // In blocks of 512 bytes; the last is just too small.
            long blocks = i * (whole.length / 512L) / 9;
            List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "sh"));
            command.addAll(
                    ChildJvm.command(List.of("-XX:-UsePerfData"), Scenario.Main.class, scenario.arguments(file)));
            // Read through a pipe: the limit holds for a log, too.
            Process child =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(child.waitFor()).as(said).isEqualTo(1);
            assertThat(scenario.isNew(file, whole)).isFalse();
            assertThat(said).contains("File too large");
            Scenario.finish(file, whole);
        }
    }
}
