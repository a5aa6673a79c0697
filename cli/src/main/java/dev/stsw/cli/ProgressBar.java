package dev.stsw.cli;

import dev.stsw.stream.ProgressListener;
import java.io.PrintStream;
import java.time.Duration;

/// One line on a terminal that says how far a long operation has come, at what rate, and how long it will take.
///
/// ```
/// model.safetensors  [#########---------]  51%  6.9 GB of 13.5 GB  1.2 GB/s  5.4 s left
/// ```
final class ProgressBar implements ProgressListener, AutoCloseable {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final String ERASE_LINE = "\r\u001b[K";
    private static final int BAR = 24;

    private final PrintStream err;
    private final String label;
    private final int columns;
    private final long start = System.nanoTime();
    private long nextDraw = start + REDRAW_NANOS;
    private boolean drawn;

    private ProgressBar(PrintStream err, String label, int columns) {
        this.err = err;
        this.label = Escapes.printable(label);
        this.columns = columns;
    }

    /// A bar on stderr where that is a terminal; otherwise nobody is told anything.
    static ProgressBar on(Terminal terminal, String label) {
        return new ProgressBar(terminal.err(), label, terminal.progress() ? terminal.columns() : 0);
    }

    @Override
    public void progress(long done, long total) {
        long now = System.nanoTime();
        if (columns == 0 || now - nextDraw < 0) {
            return;
        }
        nextDraw = now + REDRAW_NANOS;
        drawn = true;
        err.print(ERASE_LINE + line(label, done, total, Duration.ofNanos(now - start), columns));
        err.flush();
    }

    /// Takes the bar away, so that what follows begins on a clean line.
    @Override
    public void close() {
        if (drawn) {
            drawn = false;
            err.print(ERASE_LINE);
            err.flush();
        }
    }

    static String line(String label, long done, long total, Duration elapsed, int columns) {
        double share = total == 0 ? 1 : (double) done / total;
        int filled = (int) (share * BAR);
        String left = done == 0 ? "" : "  " + Units.duration(left(done, total, elapsed)) + " left";
        String facts = "  [" + "#".repeat(filled) + "-".repeat(BAR - filled) + "] " + (int) (share * 100) + "%  "
                + Units.bytes(done) + " of " + Units.bytes(total) + "  " + Units.rate(done, elapsed) + left;
        // The last column stays free: some terminals break the line after it.
        int room = Math.max(0, columns - 1 - facts.length());
        String name = label.length() <= room ? label : room < 2 ? "" : "…" + label.substring(label.length() - room + 1);
        String line = name + facts;
        return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 1));
    }

    private static Duration left(long done, long total, Duration elapsed) {
        return Duration.ofNanos((long) ((double) (total - done) / done * elapsed.toNanos()));
    }
}
