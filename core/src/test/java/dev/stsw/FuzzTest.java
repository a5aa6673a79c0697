package dev.stsw;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Runs the fuzzing targets for a moment, on files of the reference and on changed copies of them.
@Timeout(60)
class FuzzTest {
    private static final int LARGEST = 4096;

    @FunctionalInterface
    private interface Target {
        void on(byte[] data) throws IOException;
    }

    private static void run(Target target, List<byte[]> seeds, int rounds) throws IOException {
        SplittableRandom dice = new SplittableRandom(20);
        for (byte[] seed : seeds) {
            target.on(seed);
        }
        for (int i = 0; i < rounds; i++) {
            byte[] changed = changed(seeds.get(dice.nextInt(seeds.size())), dice);
            try {
                target.on(changed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("round " + i + ": " + new String(changed, StandardCharsets.ISO_8859_1), e);
            }
        }
    }

    /// A few bytes flipped, cut out, doubled or drawn anew.
    private static byte[] changed(byte[] seed, SplittableRandom dice) {
        byte[] bytes = seed.clone();
        for (int n = dice.nextInt(1, 4); n > 0 && bytes.length > 0; n--) {
            int at = dice.nextInt(Math.min(bytes.length, 400));
            int length = dice.nextInt(Math.min(bytes.length - at, 9));
            switch (dice.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << dice.nextInt(8));
                case 1 -> bytes[at] = (byte) "{}[]\",:0123456789 eE-\\".charAt(dice.nextInt(22));
                case 2 -> bytes = splice(bytes, at, at + length, 0);
                default -> bytes = splice(bytes, at, at, length);
            }
        }
        return bytes;
    }

    /// Leaves a range out, or doubles what follows it.
    private static byte[] splice(byte[] bytes, int from, int to, int doubled) {
        byte[] spliced = new byte[bytes.length - (to - from) + doubled];
        System.arraycopy(bytes, 0, spliced, 0, from + doubled);
        System.arraycopy(bytes, to, spliced, from + doubled, bytes.length - to);
        return spliced;
    }

    static List<byte[]> references() throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (byte[] file : Golden.validFiles().values()) {
            if (file.length <= LARGEST) {
                files.add(file);
            }
        }
        return files;
    }

    @Test
    void headersAreParsedOrRefused() throws IOException {
        run(FuzzTargets.Parse::fuzzerTestOneInput, references(), 50_000);
    }

    @Test
    void whatFollowsFromTheReferencesVerdictsHolds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        SplittableRandom dice = new SplittableRandom(21);
        for (int i = 0; i < 20_000; i++) {
            byte[] seed = new byte[24];
            dice.nextBytes(seed);
            seeds.add(seed);
        }
        run(FuzzTargets.Verdict::fuzzerTestOneInput, seeds, 0);
    }

    @Test
    void filesAreReadOrRefused() throws IOException {
        run(FuzzTargets.Read::fuzzerTestOneInput, references(), 5_000);
    }

    @Test
    void partialFilesAreResumedOrRefused() throws IOException {
        run(FuzzTargets.Resume::fuzzerTestOneInput, List.of(FuzzTargets.Resume.whole()), 2_000);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        run(FuzzTargets.RoundTrip::fuzzerTestOneInput, references(), 1_000);
    }
}
