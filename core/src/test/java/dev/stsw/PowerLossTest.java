package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Power cuts: the writer is killed at a system call, and the disk, an image with ext4 on it, is copied as it is at
/// that moment, without what the page cache holds. The copy must mount, and hold the old file or the new one; the new
/// one if the writer had said so.
@EnabledOnOs(OS.LINUX)
class PowerLossTest {
    private static final int CUTS = Scenario.NIGHTLY ? 480 : 48;
    private static final long IMAGE_BYTES = 16L << 20;
    private static final List<String> MOUNT_OPTIONS = List.of("loop", "loop,noauto_da_alloc", "loop,data=writeback");

    @TempDir
    Path folder;

    private int run(String... command) throws IOException, InterruptedException {
        return Strace.execute(folder.resolve("log"), List.of(command));
    }

    /// When the power goes: before a system call, or (null) just after the writer said that it is done.
    private record Cut(Scenario scenario, Strace.Point point, String mountOptions) {}

    @Test
    void aPowerCutAtAnyCallLeavesTheOldFileOrTheNewOne() throws Exception {
        Path template = folder.resolve("template");
        requireLoopMounts(template);
        Strace.require(folder);
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        int news = 0;
        List<Cut> cuts = cuts();
        for (Cut cut : cuts) {
            news += cutThePower(cut, template, whole) ? 1 : 0;
        }
        System.out.println("power cuts: " + cuts.size() + ", of which left the new file: " + news);
        assertThat(news).isBetween(1, cuts.size() - 1);
    }

    private void requireLoopMounts(Path template) throws Exception {
        try (var image = new java.io.RandomAccessFile(template.toFile(), "rw")) {
            image.setLength(IMAGE_BYTES);
        }
        Path mountPoint = Files.createDirectory(folder.resolve("mnt"));
        boolean works;
        try {
            works = run("mkfs.ext4", "-q", "-F", template.toString()) == 0
                    && run("mount", "-o", "loop", template.toString(), mountPoint.toString()) == 0
                    && run("umount", mountPoint.toString()) == 0;
        } catch (IOException e) {
            works = false;
        }
        assumeThat(works).as("SKIPPED: no ext4 image can be mounted here").isTrue();
    }

    /// A third of the cuts after the writer has ended; the others where it publishes, and at writes before.
    private List<Cut> cuts() throws Exception {
        List<Cut> candidates = new ArrayList<>();
        for (Scenario scenario : List.of(Scenario.NEW, Scenario.REPLACE, Scenario.RESUMABLE, Scenario.RESUME)) {
            Path dry = scenario.prepare(folder.resolve("dry"));
            List<Strace.Point> points =
                    Strace.points(dry.getParent(), folder.resolve("log"), Scenario.Main.class, scenario.arguments(dry));
            int tail = Scenario.NIGHTLY ? 80 : 8;
            for (int i = 0; i < tail; i++) {
                int from = Math.max(0, points.size() - tail);
                candidates.add(
                        new Cut(scenario, points.get(Math.min(points.size() - 1, from + i)), MOUNT_OPTIONS.get(i % 3)));
            }
            for (int i = 0; i < CUTS / 12; i++) {
                candidates.add(new Cut(scenario, null, MOUNT_OPTIONS.get(i % 3)));
            }
        }
        return candidates;
    }

    private boolean cutThePower(Cut cut, Path template, byte[] whole) throws Exception {
        Path disk = Files.copy(template, folder.resolve("disk"), StandardCopyOption.REPLACE_EXISTING);
        Path mountPoint = folder.resolve("mnt");
        Path lost = folder.resolve("lost");
        assertThat(run("mount", "-o", cut.mountOptions(), disk.toString(), mountPoint.toString()))
                .isZero();
        int exit;
        try {
            Path file = cut.scenario().prepare(mountPoint);
            // What is there before has been there for long.
            assertThat(run("sync", "-f", mountPoint.toString())).isZero();
            String[] arguments = cut.scenario().arguments(file);
            Path log = folder.resolve("log");
            exit = cut.point() == null
                    ? Strace.execute(log, ChildJvm.command(List.of(), Scenario.Main.class, arguments))
                    : Strace.run(cut.point().kill(), log, Scenario.Main.class, arguments);
            assertThat(exit).as(Files.readString(log)).isIn(0, 137);
            Files.copy(disk, lost, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            assertThat(run("umount", mountPoint.toString())).isZero();
        }
        assertThat(run("e2fsck", "-f", "-p", lost.toString()))
                .as(cut.toString())
                .isIn(0, 1);
        assertThat(run("mount", "-o", cut.mountOptions(), lost.toString(), mountPoint.toString()))
                .isZero();
        try {
            Path file = mountPoint.resolve(Scenario.FILE);
            boolean isNew = cut.scenario().isNew(file, whole);
            if (exit == 0) {
                assertThat(isNew).as("said done, but lost: " + cut).isTrue();
            }
            Scenario.finish(file, whole);
            return isNew;
        } finally {
            assertThat(run("umount", mountPoint.toString())).isZero();
        }
    }
}
