package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssemblyTest {
    @TempDir
    Path folder;

    private final Random random = new Random(7);

    /** Cuts a box in two at random, again and again. */
    private List<Box> cut(long[] shape, int cuts) {
        List<Box> boxes = new ArrayList<>(List.of(Box.all(shape)));
        for (int i = 0; i < cuts; i++) {
            Box box = boxes.remove(random.nextInt(boxes.size()));
            int axis = random.nextInt(shape.length);
            if (box.size(axis) < 2) {
                boxes.add(box);
                continue;
            }
            long first = 1 + random.nextLong(box.size(axis) - 1);
            boxes.add(part(box, axis, 0, first));
            boxes.add(part(box, axis, first, box.size(axis) - first));
        }
        return boxes;
    }

    private static Box part(Box box, int axis, long from, long size) {
        long[] offset = new long[box.rank()];
        long[] sizes = new long[box.rank()];
        for (int i = 0; i < offset.length; i++) {
            offset[i] = box.from(i) + (i == axis ? from : 0);
            sizes[i] = i == axis ? size : box.size(i);
        }
        return new Box(offset, sizes);
    }

    /** Writes the pieces one behind the other, every other one with its elements in Fortran order. */
    private List<Piece> write(FileChannel file, long[] shape, byte[] whole, int width, List<Box> boxes)
            throws IOException {
        ElementType type = TorchTypes.ofDType(new Value.Global("torch", width == 2 ? "int16" : "float64"));
        List<Piece> pieces = new ArrayList<>();
        for (Box box : boxes) {
            boolean fortran = pieces.size() % 2 == 1;
            long[] size = new long[shape.length];
            long[] strides = new long[shape.length];
            long stride = 1;
            for (int k = 0; k < shape.length; k++) {
                int axis = fortran ? k : shape.length - 1 - k;
                size[axis] = box.size(axis);
                strides[axis] = stride;
                stride *= size[axis];
            }
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(stride * width));
            long[] at = new long[shape.length];
            for (long n = 0; n < stride; n++) {
                long source = 0;
                long target = 0;
                for (int i = 0; i < at.length; i++) {
                    source = source * shape[i] + box.from(i) + at[i];
                    target += at[i] * strides[i];
                }
                bytes.put((int) target * width, whole, (int) source * width, width);
                for (int i = at.length - 1; i >= 0 && ++at[i] == size[i]; i--) {
                    at[i] = 0;
                }
            }
            CRC32 crc = new CRC32();
            crc.update(bytes.array());
            long start = file.size();
            file.write(bytes, start);
            Blob blob = new Blob(
                    "data/0", new FileRange(file, start, bytes.limit()), Coding.STORED, bytes.limit(), crc.getValue());
            View view = new View(blob, type, type.dtype(), 0, size, strides, ElementFix.of(type, false, false, false));
            pieces.add(new Piece(box, "piece", () -> view));
        }
        return pieces;
    }

    private static byte[] read(ByteStream stream, int step) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(stream.size()));
        try (stream) {
            while (bytes.hasRemaining()) {
                bytes.limit(Math.min(bytes.capacity(), bytes.position() + step));
                assertThat(stream.read(bytes)).isPositive();
                bytes.limit(bytes.capacity());
            }
            assertThat(stream.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        return bytes.array();
    }

    @Test
    void howeverATensorIsCutItComesOutWhole() throws IOException {
        long[][] shapes = {{13}, {300, 7}, {5, 400}, {4, 5, 6}, {1, 9, 1, 8}, {3, 2, 2, 2, 3}, {2, 200_000}};
        for (int round = 0; round < 140; round++) {
            long[] shape = shapes[round % shapes.length];
            int width = round % 2 == 0 ? 2 : 8;
            byte[] whole = new byte[Math.toIntExact(Box.all(shape).elements() * width)];
            random.nextBytes(whole);
            List<Box> boxes = cut(shape, round % 20 + 1);
            assertThatCovers(shape, boxes);
            try (FileChannel file = channel(round);
                    Streams streams = new Streams(Spool.none())) {
                List<Piece> pieces = write(file, shape, whole, width, boxes);
                assertThat(read(streams.open(shape, width, pieces), 1000)).isEqualTo(whole);
                int capacity = 1 << random.nextInt(5, 16);
                Assembly assembly = new Assembly(shape, width, pieces, streams, new Workspace(), capacity, done -> {});
                assertThat(read(assembly, 77))
                        .as("%s in blocks of %s bytes", boxes, capacity)
                        .isEqualTo(whole);
            }
        }
    }

    private FileChannel channel(int number) throws IOException {
        Path path = folder.resolve("pieces" + number);
        Files.createFile(path);
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void assertThatCovers(long[] shape, List<Box> boxes) throws CheckpointException {
        new Cover().check(shape, boxes);
        if (boxes.size() > 1) {
            assertThatThrownBy(() -> new Cover().check(shape, boxes.subList(1, boxes.size())))
                    .hasMessageContaining("; nothing holds [");
            List<Box> twice = new ArrayList<>(boxes);
            twice.add(part(boxes.get(0), 0, 0, 1));
            assertThatThrownBy(() -> new Cover().check(shape, twice)).hasMessageContaining("overlap");
        }
    }

    @Test
    void aFlippedBitOfAnyPieceIsFound() throws IOException {
        long[] shape = {6, 6};
        byte[] whole = new byte[72];
        random.nextBytes(whole);
        List<Box> boxes = List.of(
                new Box(new long[] {0, 0}, new long[] {6, 2}),
                new Box(new long[] {0, 2}, new long[] {6, 2}),
                new Box(new long[] {0, 4}, new long[] {6, 2}));
        for (int i = 0; i < 72; i++) {
            try (FileChannel file = channel(1000 + i);
                    Streams streams = new Streams(Spool.none())) {
                List<Piece> pieces = write(file, shape, whole, 2, boxes);
                ByteBuffer one = ByteBuffer.allocate(1);
                file.read(one, i);
                file.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), i);
                ByteStream stream = new Assembly(shape, 2, pieces, streams, new Workspace(), 30, done -> {});
                assertThatThrownBy(() -> read(stream, 1000))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("CRC-32 expected");
            }
        }
    }

    @Test
    void aFlippedBitOfALargePieceIsFoundWithoutReadingItTwice() throws IOException {
        long[] shape = {60_000, 6};
        byte[] whole = new byte[720_000];
        random.nextBytes(whole);
        List<Box> boxes = List.of(
                new Box(new long[] {0, 0}, new long[] {60_000, 4}),
                new Box(new long[] {0, 4}, new long[] {60_000, 1}),
                new Box(new long[] {0, 5}, new long[] {60_000, 1}));
        for (int at : new int[] {0, 100_000, 300_000, 479_999}) {
            try (FileChannel file = channel(2000 + at);
                    Streams streams = new Streams(Spool.none())) {
                List<Piece> pieces = write(file, shape, whole, 2, boxes);
                ByteBuffer one = ByteBuffer.allocate(1);
                file.read(one, at);
                file.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), at);
                ByteStream stream = new Assembly(shape, 2, pieces, streams, new Workspace(), 5000, done -> {});
                assertThatThrownBy(() -> read(stream, 100_000)).hasMessageContaining("piece: record 'data/0': CRC-32");
            }
        }
    }
}
