package dev.stsw.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** How {@link Benchmark} measures: some rounds, the median, and what fails says so. */
final class Rounds {
    private static final int ROUNDS = 3;

    private final Path folder;
    private final AtomicInteger outputs = new AtomicInteger();

    Rounds(Path folder) {
        this.folder = folder;
    }

    /** A folder that is not there yet, and is removed after the round. */
    String newFolder() {
        return folder.resolve("out" + outputs.incrementAndGet()).toString();
    }

    static String attempt(Callable<String> work) {
        try {
            return work.call();
        } catch (Exception e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String message =
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
            return "fails: " + cause.getClass().getSimpleName() + ": "
                    + message.substring(0, Math.min(120, message.length())).replace("|", "\\|");
        }
    }

    /** Of some rounds, in seconds; what they write is removed after each. */
    String median(Callable<?> work) {
        try {
            long[] nanos = new long[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                long start = System.nanoTime();
                work.call();
                nanos[i] = System.nanoTime() - start;
                shell("rm -rf " + folder + "/out*");
            }
            Arrays.sort(nanos);
            return seconds(nanos[ROUNDS / 2]);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }

    static Object shell(String command) {
        try {
            int code = new ProcessBuilder("bash", "-c", command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("exit code " + code + ": " + command);
            }
            return code;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
