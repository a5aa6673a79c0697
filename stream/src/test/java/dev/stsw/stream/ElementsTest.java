package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementsTest {
    private static final int COUNT = 5000; // more than two chunks

    @ParameterizedTest
    @EnumSource(
            names = {"C64", "F6_E2M3", "F6_E3M2"},
            mode = EnumSource.Mode.EXCLUDE)
    void partsOfABufferAreWhatTheWholeIsThere(DType dtype) {
        // One byte ahead: elements may begin anywhere.
        ByteBuffer direct = ByteBuffer.allocateDirect((int) dtype.byteSize(COUNT) + 1);
        byte[] random = new byte[direct.capacity()];
        new Random(dtype.name().hashCode()).nextBytes(random);
        direct.put(random).position(1).order(ByteOrder.BIG_ENDIAN);
        ByteBuffer heap = ByteBuffer.wrap(Arrays.copyOfRange(random, 1, random.length));
        double[] whole = new double[COUNT];
        Elements.of(direct.slice()).toDoubles(dtype, 0, whole, 0, COUNT);
        double[] parts = new double[COUNT + 3];
        Elements elements = Elements.of(heap);
        for (int at = 0; at < COUNT; at += 777) {
            elements.toDoubles(dtype, at, parts, at + 3, Math.min(777, COUNT - at));
        }
        assertThat(Arrays.copyOfRange(parts, 3, parts.length)).isEqualTo(whole);
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16", "F8_E5M2", "F8_E4M3"})
    void numbersThatADtypeHasComeBackFromIt(DType dtype) {
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            values[i] = (i % 15 - 7) * 0.25f;
        }
        ByteBuffer target = ByteBuffer.allocate((int) dtype.byteSize(COUNT) + 3).position(3);
        Narrowing.write(dtype, values, 0, COUNT, target);
        assertThat(target.hasRemaining()).isFalse();
        float[] back = new float[COUNT];
        Elements.of(target.position(3).slice()).toFloats(dtype, 0, back, 0, COUNT);
        assertThat(back).isEqualTo(values);
    }
}
