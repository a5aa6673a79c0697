package dev.stsw.stream;

import java.time.Duration;

/**
 * How far a writer has come.
 *
 * @param written bytes of tensor data taken so far
 * @param total bytes of tensor data declared
 * @param elapsed time since the writer was opened
 */
public record WriterStats(long written, long total, Duration elapsed) {
    private static final double NANOS_PER_SECOND = 1e9;

    /** Bytes taken per second since the writer was opened; 0 before the first byte. */
    public double bytesPerSecond() {
        double seconds = elapsed.toNanos() / NANOS_PER_SECOND;
        return seconds > 0 ? written / seconds : 0;
    }

    /**
     * Time left at this rate; zero when all is written, and {@link Duration#ZERO} too before the first byte, when no rate is
     * known.
     */
    public Duration eta() {
        if (written == 0 || written >= total) {
            return Duration.ZERO;
        }
        return Duration.ofNanos((long) ((double) (total - written) / written * elapsed.toNanos()));
    }
}
