package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Errors at each system call that changes a file or folder, once and for good: the writer ends with an exception or
/// with success, success means the whole new file, and a second attempt ends as if nothing had happened.
@EnabledOnOs(OS.LINUX)
class DiskErrorTest {
    private static final List<String> ERRORS = List.of("EIO", "ENOSPC", "EDQUOT", "EROFS", "EINTR");

    @TempDir
    Path folder;

    private record Fault(Strace.Point point, String error, String when) {
        String injection() {
            return point.fail(error, when);
        }
    }

    /// All errors at all calls are for the night; by day each call gets one error, once or for good.
    private static List<Fault> faults(List<Strace.Point> points) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            for (int e = 0; e < ERRORS.size(); e++) {
                if (Scenario.NIGHTLY || e == i % ERRORS.size()) {
                    String error = ERRORS.get(e);
                    if (Scenario.NIGHTLY || i % 2 == 0) {
                        faults.add(new Fault(points.get(i), error, ""));
                    }
                    if (Scenario.NIGHTLY || i % 2 == 1) {
                        // The JDK tries an interrupted call again, for ever.
                        faults.add(new Fault(
                                points.get(i),
                                error,
                                error.equals("EINTR") ? ".." + (points.get(i).index() + 3) : "+"));
                    }
                }
            }
        }
        return faults;
    }

    @ParameterizedTest
    @EnumSource(names = {"NEW", "REPLACE", "RESUMABLE", "WORKERS", "NO_SYNC"})
    void anErrorOfAnyCallLeavesTheOldFileOrTheNewOne(Scenario scenario) throws Exception {
        Strace.require(folder);
        byte[] whole = Scenario.whole(folder.resolve("scratch"));
        Path dry = scenario.prepare(folder.resolve("dry"));
        List<Fault> faults = faults(
                Strace.points(dry.getParent(), folder.resolve("log"), Scenario.Main.class, scenario.arguments(dry)));
        AtomicInteger failed = new AtomicInteger();
        Parallel.each(faults, (fault, worker) -> {
            Path file = scenario.prepare(folder.resolve("worker" + worker));
            Path log = folder.resolve("log" + worker);
            int exit = Strace.run(fault.injection(), log, Scenario.Main.class, scenario.arguments(file));
            assertThat(exit).as(Files.readString(log)).isIn(0, 1);
            boolean isNew = scenario.isNew(file, whole);
            if (exit == 0) {
                assertThat(isNew).as("said done, but is not there").isTrue();
            } else {
                failed.incrementAndGet();
            }
            // A force that failed must never be followed by a rename.
            if (fault.point().line().matches("fsync\\(.*stsw-(tmp|partial)>\\).*")
                    && !fault.error().equals("EINTR")) {
                assertThat(exit).isEqualTo(1);
                assertThat(isNew).isFalse();
                assertThat(Models.namesIn(file.getParent())).noneMatch(name -> name.contains("stsw"));
            }
            Scenario.finish(file, whole);
        });
        System.out.println("errors at calls: " + faults.size() + ", of which exceptions: " + failed + ": " + scenario);
        assertThat(failed.get()).isGreaterThan(faults.size() / 2);
    }
}
