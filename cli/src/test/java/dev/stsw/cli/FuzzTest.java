package dev.stsw.cli;

import java.io.IOException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Runs the fuzzing target for a moment.
@Timeout(120)
class FuzzTest {
    private static final int ROUNDS = 1500;
    private static final int LARGEST = 120;

    @Test
    void foldersHoldAModelOrTheyDoNot() throws IOException {
        SplittableRandom dice = new SplittableRandom(22);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] input = new byte[dice.nextInt(LARGEST)];
            dice.nextBytes(input);
            try {
                FuzzTarget.fuzzerTestOneInput(input);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("round " + i + ": " + HexFormat.of().formatHex(input), e);
            }
        }
    }
}
