package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void findWhatALoopOverTheBytesFinds() {
        Random random = new Random(3);
        byte[] odd = {'"', '\\', 0, 31, ' ', '!', '#', '[', ']', 127, -128, -1, -94, -36};
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(8) == 0 ? odd[random.nextInt(odd.length)] : (byte) ('a' + random.nextInt(26));
            }
            int from = random.nextInt(bytes.length + 1);
            int end = from + random.nextInt(bytes.length - from + 1);
            assertThat(Words.plainEnd(bytes, from, end)).isEqualTo(plainEnd(bytes, from, end));
            assertThat(Words.asciiEnd(bytes, from, end)).isEqualTo(asciiEnd(bytes, from, end));
        }
    }

    private static int plainEnd(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == '"' || bytes[i] == '\\' || Byte.toUnsignedInt(bytes[i]) < 32) {
                return i;
            }
        }
        return end;
    }

    private static int asciiEnd(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (Byte.toUnsignedInt(bytes[i]) > 127) {
                return i;
            }
        }
        return end;
    }
}
