package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of each record that has a CRC-32, no byte is given out that was not compared, whichever part of it is asked for. */
class RecordChecksTest {
    private static final int SIZE = 300_000;
    private static final String DAMAGE = "crafted.pt: record 'archive/data/0': CRC-32 expected ";

    @TempDir
    private Path folder;

    /** A file in which one bit of the last element of its storage is wrong. */
    private Path damaged(byte[] pickle) throws IOException {
        Path file = Crafted.of(pickle).with("data/0", new byte[SIZE]).write(folder);
        byte[] bytes = Files.readAllBytes(file);
        int data = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("data/0") + 6;
        bytes[data + SIZE - 1] ^= 1;
        return Files.write(file, bytes);
    }

    private static byte[] one(long offset, long[] sizes, long[] strides) {
        return PickleBytes.start()
                .tensor("ByteStorage", "0", SIZE, offset, sizes, strides)
                .stop();
    }

    private static byte[] parts(int count) {
        PickleBytes pickle = PickleBytes.start().op('}', '(');
        long size = SIZE / count;
        for (int i = 0; i < count; i++) {
            pickle.text("t" + i).tensor("ByteStorage", "0", SIZE, i * size, new long[] {size}, new long[] {1});
        }
        return pickle.op('u').stop();
    }

    @Test
    void aDamagedRecordIsRefusedAtEachTry() throws IOException {
        Path file = damaged(one(0, new long[] {3, SIZE / 3}, new long[] {1, 3}));
        try (Checkpoint checkpoint = Listing.open(file)) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> Listing.bytes(checkpoint, "tensor"))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageStartingWith(DAMAGE);
            }
        }
    }

    @Test
    void noPartOfADamagedRecordIsGivenOutWhereverTheDamageIs() throws IOException {
        Path file = damaged(parts(3));
        try (Checkpoint checkpoint = Listing.open(file)) {
            for (String name : List.of("t0", "t1", "t2", "t0")) {
                assertThatThrownBy(() -> checkpoint.open(name)).hasMessageStartingWith(DAMAGE);
            }
        }
    }

    @Test
    void noneOfManyThreadsGetsAByteOfADamagedRecord() throws IOException {
        Path file = damaged(parts(12));
        try (Checkpoint checkpoint = Listing.open(file)) {
            List<String> given = IntStream.range(0, 12)
                    .parallel()
                    .mapToObj(i -> "t" + i)
                    .filter(name -> {
                        try {
                            checkpoint.open(name).close();
                            return true;
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .toList();
            assertThat(given).isEmpty();
        }
    }

    @Test
    void aPartInTheMiddleIsNotGivenOutEither() throws IOException {
        Path file = damaged(one(70_000, new long[] {10}, new long[] {1}));
        try (Checkpoint checkpoint = Listing.open(file)) {
            assertThatThrownBy(() -> checkpoint.open("tensor")).hasMessageStartingWith(DAMAGE);
        }
        try (Checkpoint checkpoint =
                Listing.open(file, CheckpointOptions.defaults().withCrc32(false))) {
            assertThat(Listing.bytes(checkpoint, "tensor")).hasSize(10);
        }
    }

    @Test
    void aTensorThatLeavesOutTheEndOfItsRecordIsComparedToo() throws IOException {
        Path file = damaged(one(0, new long[] {SIZE - 1}, new long[] {1}));
        try (Checkpoint checkpoint = Listing.open(file)) {
            assertThatThrownBy(() -> checkpoint.open("tensor")).hasMessageStartingWith(DAMAGE);
        }
    }

    @Test
    void partsOfASoundRecordAreRead() throws IOException {
        Path file = Crafted.of(parts(3)).with("data/0", new byte[SIZE]).write(folder);
        try (Checkpoint checkpoint = Listing.open(file)) {
            assertThat(Listing.atOnce(checkpoint))
                    .isEqualTo(Listing.of(checkpoint))
                    .hasSize(3);
            assertThat(checkpoint.report().warnings()).isEmpty();
        }
    }
}
