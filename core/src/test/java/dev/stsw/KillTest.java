package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `kill -9` at each system call that changes a file or folder, and at random moments: the path holds the old file or
/// the whole new one, and a second attempt ends as if nothing had happened.
class KillTest {
    private static final int RANDOM_KILLS =
            Integer.getInteger("stsw.kills", Scenario.NIGHTLY ? 10_000 : OS.WINDOWS.isCurrentOs() ? 10 : 50);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    @EnabledOnOs(value = OS.LINUX, disabledReason = "strace is Linux's")
    void aKillBeforeAnyCallLeavesTheOldFileOrTheNewOne(Scenario scenario) throws Exception {
        Strace.require(folder);
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        Path dry = scenario.prepare(folder.resolve("dry"));
        List<Strace.Point> points =
                Strace.points(dry.getParent(), folder.resolve("log"), Scenario.Main.class, scenario.arguments(dry));
        AtomicInteger killed = new AtomicInteger();
        Parallel.each(points, (point, worker) -> {
            Path file = scenario.prepare(folder.resolve("worker" + worker));
            Path log = folder.resolve("log" + worker);
            int exit = Strace.run(point.kill(), log, Scenario.Main.class, scenario.arguments(file));
            assertThat(exit).as(Files.readString(log)).isIn(0, 137);
            killed.addAndGet(exit == 0 ? 0 : 1);
            scenario.isNew(file, whole);
            Scenario.finish(file, whole);
        });
        System.out.println("killed at " + killed + " of " + points.size() + " calls: " + scenario);
        // The threads' order may move a call behind the end; that of the workers, each of whom takes what comes, a lot.
        int late = scenario == Scenario.WORKERS ? points.size() / 2 : Math.max(2, points.size() / 10);
        assertThat(killed.get()).isGreaterThanOrEqualTo(points.size() - late).isGreaterThan(6);
    }

    @Test
    void aKillAtAnyMomentLeavesTheOldFileOrTheNewOne() throws Exception {
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        Scenario scenario = Scenario.RESUMABLE;
        SplittableRandom dice = new SplittableRandom(11);
        Path file = scenario.prepare(folder.resolve("worker"));
        // What one takes without a kill: almost nothing here, seconds where starting a machine takes that.
        long begun = System.nanoTime();
        assertThat(start(scenario, file).waitFor()).isZero();
        long longest = Math.max(100, (System.nanoTime() - begun) / 1_000_000);
        file = scenario.prepare(folder.resolve("worker"));
        int kills = 0;
        int published = 0;
        while (kills < RANDOM_KILLS) {
            Process child = start(scenario, file);
            // Most of the time goes into the start of the machine: kill in the second half, on a busy machine, too.
            if (child.waitFor(dice.nextLong(longest / 2, longest), TimeUnit.MILLISECONDS)) {
                // It says little: no pipe is full before it ends.
                String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(child.exitValue()).as(said).isZero();
                longest = longest * 9 / 10;
            } else {
                child.destroyForcibly().waitFor();
                kills++;
                longest = longest * 21 / 20;
            }
            // The next one goes on with what was killed, and is killed, too.
            if (scenario.isNew(file, whole)) {
                published++;
                file = scenario.prepare(folder.resolve("worker"));
            }
        }
        System.out.println("killed at " + kills + " random moments; published " + published + " times");
        Scenario.finish(file, whole);
    }

    private static Process start(Scenario scenario, Path file) throws IOException {
        return new ProcessBuilder(ChildJvm.command(
                        List.of("-Xmx64m", "-XX:TieredStopAtLevel=1"), Scenario.Main.class, scenario.arguments(file)))
                .redirectErrorStream(true)
                .start();
    }
}
