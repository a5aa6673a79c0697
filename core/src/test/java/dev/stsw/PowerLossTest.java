package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Power cuts: the writer is killed at a system call, and the disk, an image with ext4 or XFS on it, is copied as it is
/// at that moment, without what the page cache holds. The copy must mount, and hold the old file or the new one; the
/// new one if the writer had said so.
@EnabledOnOs(OS.LINUX)
class PowerLossTest {
    private static final int CUTS = Scenario.NIGHTLY ? 480 : 24;

    @TempDir
    Path folder;

    private int run(String... command) throws IOException, InterruptedException {
        return Strace.execute(folder.resolve("log"), List.of(command));
    }

    /// When the power goes: before a system call, or (null) just after the writer said that it is done.
    private record Cut(Scenario scenario, Strace.Point point, Disk disk) {}

    /// A file system, and how it is mounted.
    private enum Disk {
        EXT4("ext4", "loop"),
        EXT4_WITHOUT_ALLOCATION_AT_RENAME("ext4", "loop,noauto_da_alloc"),
        EXT4_WRITEBACK("ext4", "loop,data=writeback"),
        XFS("xfs", "loop");

        private final String files;
        private final String mountOptions;

        Disk(String files, String mountOptions) {
            this.files = files;
            this.mountOptions = mountOptions;
        }

        /// XFS wants 300 MB, of which it uses little.
        long size() {
            return files.equals("xfs") ? 320L << 20 : 16L << 20;
        }

        String[] mkfs(Path image) {
            return files.equals("xfs")
                    ? new String[] {"mkfs.xfs", "-q", "-f", image.toString()}
                    : new String[] {"mkfs.ext4", "-q", "-F", image.toString()};
        }
    }

    @Test
    void aPowerCutAtAnyCallLeavesTheOldFileOrTheNewOne() throws Exception {
        List<Disk> disks = usable();
        assumeThat(disks).as("SKIPPED: no image can be mounted here").isNotEmpty();
        Strace.require(folder);
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        int news = 0;
        List<Cut> cuts = cuts(disks);
        for (Cut cut : cuts) {
            news += cutThePower(cut, whole) ? 1 : 0;
        }
        System.out.println("power cuts: " + cuts.size() + " on " + disks + ", of which left the new file: " + news);
        assertThat(news).isBetween(1, cuts.size() - 1);
    }

    private Path template(Disk disk) {
        return folder.resolve("template." + disk);
    }

    /// Those that can be made and mounted here.
    private List<Disk> usable() throws Exception {
        Path mountPoint = Files.createDirectory(folder.resolve("mnt"));
        List<Disk> usable = new ArrayList<>();
        for (Disk disk : Disk.values()) {
            Path template = template(disk);
            try (var image = new java.io.RandomAccessFile(template.toFile(), "rw")) {
                image.setLength(disk.size());
            }
            try {
                if (run(disk.mkfs(template)) == 0
                        && run("mount", "-o", disk.mountOptions, template.toString(), mountPoint.toString()) == 0
                        && run("umount", mountPoint.toString()) == 0) {
                    usable.add(disk);
                    continue;
                }
            } catch (IOException e) {
                // There is no such program.
            }
            System.out.println("SKIPPED: power cuts on " + disk + ", which cannot be made and mounted here");
        }
        return usable;
    }

    /// A third of the cuts after the writer has ended; the others where it publishes, and at writes before.
    private List<Cut> cuts(List<Disk> disks) throws Exception {
        List<Cut> candidates = new ArrayList<>();
        for (Scenario scenario : List.of(Scenario.NEW, Scenario.REPLACE, Scenario.RESUMABLE, Scenario.RESUME)) {
            Path dry = scenario.prepare(folder.resolve("dry"));
            List<Strace.Point> points =
                    Strace.points(dry.getParent(), folder.resolve("log"), Scenario.Main.class, scenario.arguments(dry));
            int tail = Scenario.NIGHTLY ? 80 : 8;
            for (int i = 0; i < tail; i++) {
                int from = Math.max(0, points.size() - tail);
                candidates.add(new Cut(
                        scenario, points.get(Math.min(points.size() - 1, from + i)), disks.get(i % disks.size())));
            }
            for (int i = 0; i < CUTS / 12; i++) {
                candidates.add(new Cut(scenario, null, disks.get(i % disks.size())));
            }
        }
        return candidates;
    }

    /// Without the zeros, which are most of an image.
    private void copy(Path from, Path to) throws Exception {
        assertThat(run("cp", "--sparse=always", from.toString(), to.toString())).isZero();
    }

    private void mount(Disk disk, Path image) throws Exception {
        assertThat(run(
                        "mount",
                        "-o",
                        disk.mountOptions,
                        image.toString(),
                        folder.resolve("mnt").toString()))
                .as(() -> disk + ": " + log())
                .isZero();
    }

    private void unmount() throws Exception {
        assertThat(run("umount", folder.resolve("mnt").toString())).isZero();
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// As a machine does that starts again.
    private void repair(Disk disk, Path image) throws Exception {
        if (disk.files.equals("ext4")) {
            assertThat(run("e2fsck", "-f", "-p", image.toString()))
                    .as(this::log)
                    .isIn(0, 1);
            return;
        }
        // Mounting replays the journal, after which nothing may be wrong.
        mount(disk, image);
        unmount();
        assertThat(run("xfs_repair", "-n", image.toString())).as(this::log).isZero();
    }

    private boolean cutThePower(Cut cut, byte[] whole) throws Exception {
        Path disk = folder.resolve("disk");
        Path mountPoint = folder.resolve("mnt");
        Path lost = folder.resolve("lost");
        copy(template(cut.disk()), disk);
        mount(cut.disk(), disk);
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
            assertThat(exit).as(this::log).isIn(0, 137);
            copy(disk, lost);
        } finally {
            unmount();
        }
        repair(cut.disk(), lost);
        mount(cut.disk(), lost);
        try {
            Path file = mountPoint.resolve(Scenario.FILE);
            boolean isNew = cut.scenario().isNew(file, whole);
            if (exit == 0) {
                assertThat(isNew).as("said done, but lost: " + cut).isTrue();
            }
            Scenario.finish(file, whole);
            return isNew;
        } finally {
            unmount();
        }
    }
}
