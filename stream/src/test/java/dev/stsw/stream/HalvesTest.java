package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** That Java 17's way of converting F16 gives the bits of the virtual machine's. */
class HalvesTest {
    @Test
    void everyHalfDecodesAsTheVirtualMachineDoesIt() {
        for (int half = 0; half < 1 << 16; half++) {
            assertThat(Float.floatToRawIntBits(Halves.decode((short) half)))
                    .as("%x", half)
                    .isEqualTo(Float.floatToRawIntBits(Float.float16ToFloat((short) half)));
        }
    }

    @Test
    void floatsAtEveryEdgeEncodeAsTheVirtualMachineDoesIt() {
        for (int half = 0; half < 1 << 16; half++) {
            int bits = Float.floatToRawIntBits(Float.float16ToFloat((short) half));
            for (int near = -2; near <= 2; near++) {
                requireSame(bits + near);
                requireSame(bits + 0x1000 + near); // half way to the next one
                requireSame(bits + 0x2000 + near);
            }
        }
    }

    @Test
    void randomFloatsEncodeAsTheVirtualMachineDoesIt() {
        new Random(1).ints(2_000_000).forEach(HalvesTest::requireSame);
    }

    /** Without AssertJ, which would take minutes. */
    private static void requireSame(int bits) {
        float value = Float.intBitsToFloat(bits);
        short expected = Float.floatToFloat16(value);
        short found = Halves.encode(value);
        if (expected != found) {
            throw new AssertionError(Integer.toHexString(bits) + ": expected " + expected + ", found " + found);
        }
    }
}
