package dev.stsw.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// While open, Ctrl-C and SIGTERM let the work in hand clean up before the process ends: the working thread is
/// interrupted, which closes the channel that it waits for, and the process waits until it has let go of its files.
final class CleanEnd implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final Thread worker = Thread.currentThread();
    private final CountDownLatch cleaned = new CountDownLatch(1);
    private final Thread hook = new Thread(this::end, "stsw-clean-end");
    private volatile boolean ending;

    CleanEnd() {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            // Ctrl-C came just before: there is nothing to clean up yet, and nothing should be begun.
            ending = true;
        }
    }

    private void end() {
        ending = true;
        // In a thread of its own, because it closes the channel, and on Windows that waits for a read to end.
        Thread interrupter = new Thread(worker::interrupt, "stsw-interrupter");
        interrupter.setDaemon(true);
        interrupter.start();
        try {
            if (!cleaned.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("stsw: gave up waiting for the clean-up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether the process ends at this moment, by Ctrl-C or a signal.
    static boolean isUnderWay() {
        Thread nothing = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(nothing);
            return !Runtime.getRuntime().removeShutdownHook(nothing);
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /// Whether the process is about to end, so that an exception is no news, and no work is worth beginning.
    boolean ending() {
        return ending;
    }

    @Override
    public void close() {
        cleaned.countDown();
        if (!ending) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The process ends at this very moment: the hook runs, and finds nothing to wait for.
                ending = true;
            }
        }
    }
}
