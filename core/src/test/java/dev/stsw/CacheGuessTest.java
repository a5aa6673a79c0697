package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.CacheGuess.Way;
import org.junit.jupiter.api.Test;

class CacheGuessTest {
    private static final int BLOCK = 1 << 20;
    private static final long QUICK = BLOCK / 8;
    private static final long SLOW = BLOCK * 2L;

    private final CacheGuess guess = new CacheGuess();

    private Way read(long nanosThroughCache) {
        Way way = guess.next(BLOCK);
        if (way != Way.PAST) {
            guess.took(way, BLOCK, nanosThroughCache);
        }
        return way;
    }

    private long blocksUntilPast(long nanos) {
        long blocks = 0;
        while (read(nanos) != Way.PAST) {
            blocks++;
        }
        return blocks;
    }

    @Test
    void aCachedFileIsAlwaysReadThroughTheCache() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(read(QUICK)).isEqualTo(Way.CACHE);
        }
    }

    @Test
    void oneSampleFindsOutThatAFileIsNotCached() {
        assertThat(blocksUntilPast(SLOW)).isEqualTo(CacheGuess.SAMPLE_BYTES / BLOCK);
    }

    @Test
    void oneSlowBlockAmongQuickOnesIsNoSlowSample() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(read(i % 16 == 0 ? SLOW : QUICK)).isEqualTo(Way.CACHE);
        }
    }

    @Test
    void aFileThatIsCachedInItsFirstPartOnlyIsNoticed() {
        for (int i = 0; i < 1000; i++) {
            read(QUICK);
        }
        assertThat(blocksUntilPast(SLOW)).isLessThanOrEqualTo(2 * CacheGuess.SAMPLE_BYTES / BLOCK);
    }

    @Test
    void probesBecomeRareWhileTheyAreSlow() {
        blocksUntilPast(SLOW);
        long probes = 0;
        for (int i = 0; i < 100_000; i++) {
            probes += read(SLOW) == Way.PROBE ? 1 : 0;
        }
        assertThat(probes).isBetween(95L, 105L);
    }

    @Test
    void aQuickProbeLeadsBackToTheCache() {
        blocksUntilPast(SLOW);
        long before = 0;
        while (read(QUICK) == Way.PAST) {
            before++;
        }
        assertThat(before).isLessThan(CacheGuess.FIRST_PROBE_AFTER / BLOCK);
        for (int i = 0; i < 100; i++) {
            assertThat(read(QUICK)).isEqualTo(Way.CACHE);
        }
    }

    @Test
    void readsThatWereUnderWayAtTheDecisionAreNoProbes() {
        blocksUntilPast(SLOW);
        guess.took(Way.CACHE, BLOCK, QUICK);
        assertThat(guess.next(BLOCK)).isEqualTo(Way.PAST);
    }
}
