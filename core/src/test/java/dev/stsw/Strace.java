package dev.stsw;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs main classes under `strace`, which stops them at a system call of our choice, or lets that call fail.
final class Strace {
    /// Whatever changes a file or a folder.
    private static final String CALLS = "write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,open,"
            + "openat,ftruncate,truncate,chmod,fchmod,fchmodat,unlink,unlinkat,link,linkat,fallocate";

    /// As little of a virtual machine as starts: most of a run's time.
    private static final List<String> FAST = List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final Pattern LINE = Pattern.compile("(\\d+) +([a-z0-9]+)\\(.*");
    /// At night, other things run besides.
    private static final long SECONDS = Scenario.NIGHTLY ? 600 : 60;

    private Strace() {}

    /// One call of a run: the `index`-th of its kind in its thread, counted from 1.
    record Point(String call, int index, String line) {
        String kill() {
            return call + ":signal=KILL:when=" + index;
        }

        /// @param when `""` for this call only, `"+"` for this and all after it
        String fail(String error, String when) {
            return call + ":error=" + error + ":when=" + index + when;
        }
    }

    /// Skips a test, and says why, where programs cannot be traced.
    static void require(Path folder) throws IOException, InterruptedException {
        boolean works;
        try {
            works = execute(
                            folder.resolve("probe"),
                            List.of("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "true"))
                    == 0;
        } catch (IOException e) {
            works = false;
        }
        assumeThat(works)
                .as("SKIPPED: no strace (6.0 or newer) here, or it may not trace")
                .isTrue();
    }

    /// The calls on files of a folder in an undisturbed run.
    static List<Point> points(Path folder, Path log, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        Path trace = log.resolveSibling("trace");
        List<String> command = new ArrayList<>(
                List.of("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", trace.toString(), "-e", "trace=" + CALLS));
        command.addAll(ChildJvm.command(FAST, main, arguments));
        int exit = execute(log, command);
        if (exit != 0) {
            throw new IOException("exit code " + exit + ": " + Files.readString(log));
        }
        Map<String, Integer> counts = new HashMap<>();
        Set<String> seen = new LinkedHashSet<>();
        List<Point> points = new ArrayList<>();
        for (String line : Files.readAllLines(trace)) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                continue;
            }
            String call = matcher.group(2);
            int index = counts.merge(matcher.group(1) + " " + call, 1, Integer::sum);
            // Two threads may have an n-th call of a kind each; the tracer stops at the first that comes.
            if (line.contains(folder.toString()) && !line.contains("O_RDONLY)") && seen.add(call + index)) {
                points.add(new Point(call, index, line.substring(matcher.start(2))));
            }
        }
        return points;
    }

    /// Runs with one call disturbed, and says how it ended: 137 if it was killed.
    static int run(String injection, Path log, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null"));
        // Where it is not stopped at every call, it loses signals.
        if (!injection.contains(":signal=")) {
            command.add("--seccomp-bpf");
        }
        command.addAll(
                List.of("-e", "trace=" + injection.substring(0, injection.indexOf(':')), "-e", "inject=" + injection));
        command.addAll(ChildJvm.command(FAST, main, arguments));
        return execute(log, command);
    }

    /// Runs a command to its end.
    static int execute(Path log, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("did not end: " + command);
        }
        return process.exitValue();
    }
}
