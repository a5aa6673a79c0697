package dev.stsw;

/// Guesses from the speed of reads whether a file is in the page cache. Pure arithmetic: reads nothing, owns no clock.
///
/// Part of a large file may be in the cache, and the kernel fills the cache with holes quickly or slowly, as it has
/// memory at hand. So the guess is made anew with every sample, and while the file is read past the cache, a block now
/// and then still goes through it.
final class CacheGuess {
    /// So many bytes through the cache make a sample.
    static final long SAMPLE_BYTES = 16L << 20;
    /// Bytes past the cache before the first probe; twice as many before each further one that was slow.
    static final long FIRST_PROBE_AFTER = 32L << 20;

    static final long LAST_PROBE_AFTER = 1L << 30;
    /// Memory copies several bytes in a nanosecond, single disks do not reach this.
    private static final double CACHED_BYTES_PER_NANO = 1.5;

    /// How the next block is to be read.
    enum Way {
        CACHE,
        PROBE,
        PAST
    }

    private boolean cached = true;
    private long sampledBytes;
    private long sampledNanos;
    private long pastBytes;
    private long probeAfter = FIRST_PROBE_AFTER;

    /// The way for a read of so many bytes.
    synchronized Way next(int bytes) {
        if (cached) {
            return Way.CACHE;
        }
        pastBytes += bytes;
        if (pastBytes < probeAfter) {
            return Way.PAST;
        }
        pastBytes = 0;
        return Way.PROBE;
    }

    /// Tells how long a read took that went through the cache.
    synchronized void took(Way way, int bytes, long nanos) {
        if (way == Way.PROBE) {
            cached = isQuick(bytes, nanos);
            probeAfter = cached ? FIRST_PROBE_AFTER : Math.min(2 * probeAfter, LAST_PROBE_AFTER);
        } else if (cached) {
            sampledBytes += bytes;
            sampledNanos += nanos;
            if (sampledBytes >= SAMPLE_BYTES) {
                cached = isQuick(sampledBytes, sampledNanos);
                sampledBytes = 0;
                sampledNanos = 0;
            }
        }
    }

    private static boolean isQuick(long bytes, long nanos) {
        return bytes >= CACHED_BYTES_PER_NANO * nanos;
    }
}
