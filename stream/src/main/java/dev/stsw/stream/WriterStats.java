package dev.stsw.stream;

import java.time.Duration;
import java.util.Optional;

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

    /** Time left at this rate; zero when all is written, and empty before the first byte, when no rate is known. */
    public Optional<Duration> eta() {
        if (written >= total) {
            return Optional.of(Duration.ZERO);
        }
        return written == 0
                ? Optional.empty()
                : Optional.of(Duration.ofNanos((long) ((double) (total - written) / written * elapsed.toNanos())));
    }
}
