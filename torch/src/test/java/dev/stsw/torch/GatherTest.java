package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views of all kinds against the definition: element (i, j, …) is at offset + i·stride₀ + j·stride₁ + …. */
class GatherTest {
    private static final String[] TYPES = {"ByteStorage", "HalfStorage", "FloatStorage", "DoubleStorage"};

    @TempDir
    private Path folder;

    private final Random random = new Random(20251122);

    @Test
    void randomViewsAreGathered() throws IOException {
        for (int round = 0; round < 150; round++) {
            int log = random.nextInt(4);
            int rank = random.nextInt(5);
            long[] sizes = new long[rank];
            long[] strides = new long[rank];
            for (int i = 0; i < rank; i++) {
                sizes[i] = 1L + random.nextInt(6);
                strides[i] = random.nextInt(12);
            }
            check(log, random.nextInt(5), sizes, strides, random.nextBoolean());
        }
    }

    @Test
    void permutedViewsOfAllKindsAreGathered() throws IOException {
        for (int round = 0; round < 60; round++) {
            List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3));
            Collections.shuffle(order, random);
            long[] full = {1 + random.nextInt(20), 1 + random.nextInt(40), 1 + random.nextInt(30), 1 + random.nextInt(9)
            };
            long[] sizes = new long[4];
            long[] strides = new long[4];
            for (int i = 0; i < 4; i++) {
                long stride = 1;
                for (int j = order.get(i) + 1; j < 4; j++) {
                    stride *= full[j];
                }
                int step = 1 + random.nextInt(2);
                sizes[i] = 1 + (full[order.get(i)] - 1) / step;
                strides[i] = stride * step;
            }
            check(random.nextInt(4), 0, sizes, strides, false);
        }
    }

    @Test
    void viewsBeyondTheBlockAndTheWindowAreGathered() throws IOException {
        check(2, 3, new long[] {1700, 1500}, new long[] {1, 1700}, false); // Transposed, 10 MB.
        check(0, 0, new long[] {3, 2_900_000}, new long[] {2_900_000, 1}, false); // Rows beyond the window.
        check(0, 7, new long[] {9, 1_000_000}, new long[] {1, 9}, true); // Tall and thin; rows of the output are long.
        check(1, 0, new long[] {5_000_000}, new long[] {1}, false);
        check(3, 1, new long[] {1200, 2, 700}, new long[] {700, 840_000, 1}, false);
        check(2, 0, new long[] {3000, 1000}, new long[] {0, 1}, false); // Expanded to 12 MB from 4 kB.
        check(2, 0, new long[] {700, 20}, new long[] {1, 20_000}, false); // Columns far apart.
        check(1, 0, new long[] {2, 300}, new long[] {1, 9_001}, false); // Elements far apart.
    }

    private void check(int log, long offset, long[] sizes, long[] strides, boolean deflated) throws IOException {
        int width = 1 << log;
        long last = offset;
        for (int i = 0; i < sizes.length; i++) {
            last += (sizes[i] - 1) * strides[i];
        }
        byte[] storage = new byte[Math.toIntExact((last + 1 + random.nextInt(3)) * width)];
        random.nextBytes(storage);
        byte[] pickle = PickleBytes.start()
                .op('}')
                .text("view")
                .tensor(TYPES[log], "0", storage.length / width, offset, sizes, strides)
                .op('s')
                .stop();
        Crafted crafted = Crafted.of(pickle).with("data/0", storage);
        try (Checkpoint checkpoint =
                Listing.open((deflated ? crafted.deflated() : crafted).write(folder), unlimited())) {
            assertThat(Listing.bytes(checkpoint, "view"))
                    .as("%d bytes from %d, %s, %s", width, offset, Arrays.toString(sizes), Arrays.toString(strides))
                    .isEqualTo(gathered(storage, width, offset, sizes, strides));
        }
    }

    private static CheckpointOptions unlimited() {
        return CheckpointOptions.defaults().withMaxOutputBytes(Long.MAX_VALUE);
    }

    private static byte[] gathered(byte[] storage, int width, long offset, long[] sizes, long[] strides) {
        long elements = Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
        byte[] out = new byte[Math.toIntExact(elements * width)];
        for (long i = 0; i < elements; i++) {
            long rest = i;
            long element = offset;
            for (int axis = sizes.length - 1; axis >= 0; axis--) {
                element += rest % sizes[axis] * strides[axis];
                rest /= sizes[axis];
            }
            System.arraycopy(storage, (int) (element * width), out, (int) (i * width), width);
        }
        return out;
    }
}
