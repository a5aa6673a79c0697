package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeaderNamesTest {
    /** Of every length up to two steps of the hash, with escapes, and beyond ASCII. */
    private static final List<String> NAMES = IntStream.range(0, 60)
            .mapToObj(i -> i % 3 == 0
                    ? "x".repeat(i)
                    : i % 3 == 1 ? "\"\\\n".repeat(i / 3) + i : "\u00e9\ud83d\ude00".repeat(i / 3) + i)
            .toList();

    @Test
    void areFoundInHeadersLaidOutAndParsed() throws HeaderException {
        List<TensorSpec> tensors =
                NAMES.stream().map(name -> TensorSpec.of(name, DType.U8, 1)).toList();
        Header laidOut = Header.of(tensors, null, 8, false);
        byte[] bytes = laidOut.toBytes();
        Header parsed = Header.parse(ByteBuffer.wrap(bytes), bytes.length + tensors.size());
        for (Header header : List.of(laidOut, parsed)) {
            assertThat(header.names()).isEqualTo(NAMES);
            assertThat(header.tensors()).extracting(TensorMeta::name).isEqualTo(NAMES);
            for (int i = 0; i < NAMES.size(); i++) {
                TensorMeta found = header.find(NAMES.get(i)).orElseThrow();
                assertThat(found).isEqualTo(header.tensors().get(i));
                assertThat(found.offsetBegin()).isEqualTo(i);
                assertThat(header.names().indexOf(NAMES.get(i))).isEqualTo(i);
                assertThat(header.names().lastIndexOf(NAMES.get(i))).isEqualTo(i);
            }
            assertThat(header.find("y")).isEmpty();
            assertThat(header.names().contains("y")).isFalse();
            assertThat(header.names().contains((Object) 1)).isFalse();
            assertThatThrownBy(() -> header.names().get(60)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> header.names().add("z")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> header.tensors().remove(0)).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void ofAnEmptyHeaderAreNone() {
        Header header = Header.of(List.of(), null, 8, false);

        assertThat(header.names()).isEmpty();
        assertThat(header.find("")).isEmpty();
    }

    @Test
    void thatOccurTwiceAreFoundWhereverTheyStand() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            List<TensorSpec> tensors = new java.util.ArrayList<>();
            IntStream.range(0, 100).forEach(i -> tensors.add(TensorSpec.of("n" + i, DType.U8, i)));
            int again = random.nextInt(100);
            tensors.add(random.nextInt(101), TensorSpec.of("n" + again, DType.F32));
            assertThatThrownBy(() -> Header.of(tensors, null, 8, false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor 'n" + again + "' is declared twice");
        }
    }

    @Test
    void andNumbersOfAnyLengthAreWritten() throws HeaderException {
        for (long size = 1; size < Long.MAX_VALUE / 100; size = size * 10 + 9) {
            Header header = Header.of(List.of(TensorSpec.of("a", DType.U8, size)), null, 8, false);
            byte[] bytes = header.toBytes();
            Header parsed = Header.parse(ByteBuffer.wrap(bytes), bytes.length + size);
            assertThat(parsed.tensors().get(0).byteSize()).isEqualTo(size);
            assertThat(parsed.tensors().get(0).shape()).isEqualTo(Shape.of(size));
        }
    }
}
