package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are large, and files that change. */
class LimitsTest {
    private static final long[] ONE = {1};

    @TempDir
    private Path folder;

    @Test
    void aFileOfNineGigabytesIsReadAtItsEnd() throws IOException {
        long elements = 2_400_000_000L;
        byte[] pickle = PickleBytes.start()
                .op('}', '(')
                .text("all")
                .tensor("FloatStorage", "0", elements, 0, new long[] {elements}, ONE)
                .text("end")
                .tensor("FloatStorage", "0", elements, elements - 2, new long[] {2}, ONE)
                .text("last")
                .tensor("FloatStorage", "1", 1, 0, ONE, ONE)
                .op('u')
                .stop();
        Path file = folder.resolve("large.pt");
        try (SparseZip zip = new SparseZip(file)) {
            zip.add("large/data.pkl", pickle);
            zip.add("large/data/0", 4 * elements, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            zip.add("large/data/1", new byte[] {9, 10, 11, 12});
        }

        try (Checkpoint checkpoint = Listing.open(file)) {
            assertThat(checkpoint.tensors().get(0))
                    .isEqualTo(TensorSpec.of("all", dev.stsw.format.DType.F32, elements));
            assertThat(Listing.bytes(checkpoint, "end")).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
            assertThat(Listing.bytes(checkpoint, "last")).containsExactly(9, 10, 11, 12);
        }
    }

    /** A stored archive with holes, as file systems keep them, and 64-bit sizes. */
    private static final class SparseZip implements AutoCloseable {
        private static final int BIG = -1;

        private final FileChannel file;
        private final List<ByteBuffer> directory = new ArrayList<>();

        SparseZip(Path path) throws IOException {
            this.file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        void add(String name, byte[] bytes) throws IOException {
            add(name, bytes.length, bytes);
        }

        /** An entry of zeros that ends with {@code tail}. */
        void add(String name, long size, byte[] tail) throws IOException {
            long header = file.position();
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            file.write(buffer(30 + text.length + 20)
                    .putInt(0x04034b50)
                    .putShort((short) 45)
                    .putShort((short) 0x800)
                    .putLong(0)
                    .putShort((short) 0)
                    .putInt(BIG)
                    .putInt(BIG)
                    .putShort((short) text.length)
                    .putShort((short) 20)
                    .put(text)
                    .put(sizes(16, size))
                    .flip());
            file.position(file.position() + size - tail.length);
            file.write(ByteBuffer.wrap(tail));
            directory.add(buffer(46 + text.length + 28)
                    .putInt(0x02014b50)
                    .putInt(45 << 16 | 45)
                    .putShort((short) 0x800)
                    .putLong(0)
                    .putShort((short) 0)
                    .putInt(BIG)
                    .putInt(BIG)
                    .putShort((short) text.length)
                    .putShort((short) 28)
                    .putLong(0)
                    .putShort((short) 0)
                    .putInt(BIG)
                    .put(text)
                    .put(sizes(24, size))
                    .putLong(header)
                    .flip());
        }

        private static ByteBuffer sizes(int length, long size) {
            return buffer(20)
                    .putShort((short) 1)
                    .putShort((short) length)
                    .putLong(size)
                    .putLong(size)
                    .flip();
        }

        @Override
        public void close() throws IOException {
            long start = file.position();
            for (ByteBuffer entry : directory) {
                file.write(entry);
            }
            long end = file.position();
            file.write(buffer(98)
                    .putInt(0x06064b50)
                    .putLong(44)
                    .putInt(45 << 16 | 45)
                    .putLong(0)
                    .putLong(directory.size())
                    .putLong(directory.size())
                    .putLong(end - start)
                    .putLong(start)
                    .putInt(0x07064b50)
                    .putInt(0)
                    .putLong(end)
                    .putInt(1)
                    .putInt(0x06054b50)
                    .putInt(0)
                    .putInt(-1)
                    .putInt(BIG)
                    .putInt(BIG)
                    .putShort((short) 0)
                    .flip());
            file.close();
        }

        private static ByteBuffer buffer(int size) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private Path small() throws IOException {
        byte[] pickle = PickleBytes.start()
                .tensor("ByteStorage", "0", 1 << 20, 0, new long[] {1 << 20}, ONE)
                .stop();
        return Crafted.of(pickle).with("data/0", new byte[1 << 20]).write(folder);
    }

    @Test
    void aFileThatIsCutWhileItIsReadSaysSo() throws IOException {
        Path file = small();
        try (Checkpoint checkpoint = Listing.open(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(1 << 19);
            }
            assertThatThrownBy(() -> Listing.bytes(checkpoint, "tensor"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith("crafted.pt: the file ends at byte 524288, expected data at byte ");
        }
    }

    @Test
    void aFlippedBitIsFoundUnlessNobodyWantsToKnow() throws IOException {
        Path file = small();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        try (Checkpoint checkpoint = Listing.open(file)) {
            assertThatThrownBy(() -> Listing.bytes(checkpoint, "tensor"))
                    .hasMessageStartingWith("crafted.pt: record 'archive/data/0': CRC-32 expected a738ea1c but was ");
        }
        try (Checkpoint checkpoint =
                Listing.open(file, CheckpointOptions.defaults().withCrc32(false))) {
            assertThat(Listing.bytes(checkpoint, "tensor")).hasSize(1 << 20);
        }
    }

    @Test
    void aStreamEndsAndCloses() throws IOException {
        try (Checkpoint checkpoint = Listing.open(small())) {
            ReadableByteChannel stream = checkpoint.open("tensor");
            ByteBuffer buffer = ByteBuffer.allocate(2 << 20);
            while (stream.read(buffer) >= 0) {
                assertThat(buffer.position()).isPositive();
            }
            assertThat(buffer.position()).isEqualTo(1 << 20);
            stream.close();
            assertThat(stream.isOpen()).isFalse();
        }
    }
}
