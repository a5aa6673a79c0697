package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.NumpyWriter.Lacking;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is, byte for byte, what numpy writes; and it is read again. */
class NumpyWriterTest {
    private static final Path GOLDEN = Golden.FOLDER.resolve("numpy-saved");

    private static final byte[] ZEROS = new byte[1 << 20];

    @TempDir
    private Path folder;

    private static NumpyArrays numpys(String file) throws IOException {
        return NumpyArraysTest.open(GOLDEN.resolve(file), CheckpointOptions.defaults());
    }

    private static byte[] npy(TensorSource source, String name, Lacking lacking) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        NumpyWriter.writeNpy(source, name, Channels.newChannel(bytes), lacking);
        return bytes.toByteArray();
    }

    private static byte[] piped(TensorSource source, Lacking lacking) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        NumpyWriter.writeNpz(source, Channels.newChannel(bytes), lacking);
        return bytes.toByteArray();
    }

    private Path written(TensorSource source) throws IOException {
        Path file = folder.resolve("written.npz");
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            NumpyWriter.writeNpz(source, out, Lacking.REFUSE);
        }
        return file;
    }

    @Test
    void anArchiveInAFileIsThatOfSavez() throws IOException {
        try (NumpyArrays arrays = numpys("file.npz")) {
            assertThat(arrays.tensors()).hasSizeGreaterThan(150);
            assertThat(written(arrays)).hasSameBinaryContentAs(GOLDEN.resolve("file.npz"));
        }
    }

    @Test
    void anArchiveInAPipeIsThatOfSavez() throws IOException {
        try (NumpyArrays arrays = numpys("file.npz")) {
            assertThat(piped(arrays, Lacking.REFUSE)).isEqualTo(Files.readAllBytes(GOLDEN.resolve("pipe.npz")));
        }
    }

    @Test
    void aChannelWithoutPositionsCountsAsAPipe() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (NumpyArrays arrays = numpys("file.npz")) {
            NumpyWriter.writeNpz(
                    arrays,
                    new Skeleton() {
                        @Override
                        public long position() throws IOException {
                            throw new IOException("Illegal seek");
                        }

                        @Override
                        public int write(ByteBuffer source) {
                            int count = source.remaining();
                            while (source.hasRemaining()) {
                                bytes.write(source.get());
                            }
                            return count;
                        }
                    },
                    Lacking.REFUSE);
        }
        assertThat(bytes.toByteArray()).isEqualTo(Files.readAllBytes(GOLDEN.resolve("pipe.npz")));
    }

    /** The members of the archive are what numpy.save writes; the script that made it compares them. */
    @Test
    void eachArrayAloneIsThatOfSave() throws IOException {
        try (NumpyArrays arrays = numpys("file.npz");
                FileChannel file = FileChannel.open(GOLDEN.resolve("file.npz"))) {
            Map<String, Blob> members = NumpyArrays.members(
                    file, new Budget(CheckpointOptions.defaults().maxOutputBytes(file.size())));
            for (TensorSpec array : arrays.tensors()) {
                Blob member = members.get(array.name() + NumpyArrays.SUFFIX);
                try (ByteStream stream = member.stream()) {
                    byte[] expected = new Input(stream, "member").bytes((int) member.size());
                    assertThat(npy(arrays, array.name(), Lacking.REFUSE))
                            .as(array.toString())
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void headersArePaddedAsNumpyPadsThem() throws IOException {
        List<List<String>> rows = Golden.table("numpy-saved/headers.tsv");
        assertThat(rows).hasSizeGreaterThan(90);
        for (List<String> row : rows) {
            TensorSpec tensor = new TensorSpec("x", DType.valueOf(row.get(1)), shape(row.get(2)));
            TensorSource source = new Memory(Map.of(tensor, new byte[(int) tensor.byteSize()]));
            assertThat(npy(source, "x", Lacking.REFUSE))
                    .as(tensor.toString())
                    .isEqualTo(Base64.getDecoder().decode(row.get(3)));
        }
    }

    private static Shape shape(String text) {
        return text.isEmpty()
                ? Shape.of()
                : Shape.of(Stream.of(text.split(",")).mapToLong(Long::parseLong).toArray());
    }

    @Test
    void whatNumpyCannotHoldIsRefused() throws IOException {
        List<List<String>> rows = Golden.table("numpy-saved/impossible.tsv");
        assertThat(rows).hasSize(5);
        for (List<String> row : rows) {
            Shape shape = shape(row.get(1));
            TensorSpec tensor;
            try {
                tensor = new TensorSpec("x", DType.valueOf(row.get(0)), shape);
            } catch (IllegalArgumentException e) {
                assertThat(shape).isEqualTo(Shape.of(1L << 40, 1L << 40, 0)); // No tensor either.
                continue;
            }
            assertThatThrownBy(() -> NumpyWriter.arrayOf(tensor, Lacking.REFUSE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("tensor 'x'")
                    .hasMessageContaining("NumPy");
        }
    }

    @Test
    void sizesBeyondFourGigabytesAreThoseOfSavez() throws IOException {
        long most = Integer.MAX_VALUE - 128L;
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        byte[] small = {0, 1, 2};
        tensors.put(TensorSpec.of("a", DType.U8, most), new byte[0]);
        tensors.put(TensorSpec.of("b", DType.U8, most + 1), new byte[0]);
        tensors.put(TensorSpec.of("c", DType.U8, 3), small);
        tensors.put(TensorSpec.of("d", DType.U8, (1L << 32) + 5), new byte[0]);
        tensors.put(TensorSpec.of("e", DType.U8, 3), small);
        Skeleton out = new Skeleton();
        NumpyWriter.writeNpz(new Memory(tensors), out, Lacking.REFUSE);
        assertThat(out.rows()).isEqualTo(Golden.table("numpy-saved/large.tsv"));
    }

    @Test
    void moreMembersThan16BitsCountAreThoseOfSavez() throws Exception {
        List<String> row = Golden.table("numpy-saved/many.tsv").get(0);
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        for (int i = 0; i < Integer.parseInt(row.get(0)); i++) {
            tensors.put(TensorSpec.of(Integer.toString(i), DType.U8, 0), new byte[0]);
        }
        byte[] bytes = Files.readAllBytes(written(new Memory(tensors)));
        assertThat(bytes).hasSize(Integer.parseInt(row.get(1)));
        assertThat(MessageDigest.getInstance("SHA-256").digest(bytes))
                .isEqualTo(HexFormat.of().parseHex(row.get(2)));
    }

    @Test
    void randomArraysAreReadAsTheyWereWritten() throws IOException {
        Random random = new Random(15);
        List<DType> dtypes = List.of(DType.values()).stream()
                .filter(dtype -> NumpyType.descr(dtype) != null)
                .toList();
        assertThat(dtypes).hasSize(13);
        for (int round = 0; round < 60; round++) {
            Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
            for (int i = random.nextInt(1, 8); i > 0; i--) {
                long[] dimensions = random.longs(random.nextInt(6), 0, 9).toArray();
                TensorSpec tensor = TensorSpec.of("t" + i, dtypes.get(random.nextInt(dtypes.size())), dimensions);
                byte[] bytes = new byte[(int) tensor.byteSize()];
                random.nextBytes(bytes);
                tensors.put(tensor, bytes);
            }
            Memory source = new Memory(tensors);
            List<String> expected = Listing.of(source);
            try (NumpyArrays read = NumpyArraysTest.open(written(source), CheckpointOptions.defaults())) {
                assertThat(Listing.of(read)).isEqualTo(expected);
            }
            Path pipe = Files.write(folder.resolve("pipe.npz"), piped(source, Lacking.REFUSE));
            try (NumpyArrays read = NumpyArraysTest.open(pipe, CheckpointOptions.defaults())) {
                assertThat(Listing.of(read)).isEqualTo(expected);
            }
            for (int i = 0; i < source.tensors().size(); i++) {
                String name = source.tensors().get(i).name();
                Path alone = Files.write(folder.resolve(name + ".npy"), npy(source, name, Lacking.REFUSE));
                try (NumpyArrays read = NumpyArraysTest.open(alone, CheckpointOptions.defaults())) {
                    assertThat(Listing.of(read)).containsExactly(expected.get(i));
                }
            }
        }
    }

    @Test
    void whatNumpyLacksIsRefusedAllAtOnceBeforeAByteIsWritten() {
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorSpec.of("good", DType.F32, 1), new byte[4]);
        tensors.put(TensorSpec.of("bad", DType.BF16, 1), new byte[2]);
        tensors.put(TensorSpec.of("worse", DType.F8_E4M3, 1), new byte[1]);
        Memory source = new Memory(tensors);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThatThrownBy(() -> NumpyWriter.writeNpz(source, Channels.newChannel(bytes), Lacking.REFUSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("2 tensors, 'bad' (BF16), 'worse' (F8_E4M3), have a dtype that NumPy lacks");
        assertThatThrownBy(() -> NumpyWriter.writeNpy(source, "bad", Channels.newChannel(bytes), Lacking.REFUSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tensor 'bad' (BF16), has a dtype that NumPy lacks");
        assertThat(bytes.size()).isZero();
    }

    @Test
    void rawBitsAreUnsignedIntegers() throws IOException {
        byte[] six = {1, 2, 3, 4, 5, 6};
        for (DType dtype : DType.values()) {
            if (NumpyType.descr(dtype) == null) {
                Shape shape = Shape.of(2, 24 / dtype.bits());
                TensorSpec tensor = new TensorSpec("x", dtype, dtype == DType.BF16 ? Shape.of(3, 1) : shape);
                TensorSpec array = NumpyWriter.arrayOf(tensor, Lacking.RAW);
                assertThat(array)
                        .isEqualTo(
                                dtype == DType.BF16
                                        ? TensorSpec.of("x", DType.U16, 3, 1)
                                        : TensorSpec.of("x", DType.U8, 2, 3));
                assertThat(npy(new Memory(Map.of(tensor, six)), "x", Lacking.RAW))
                        .isEqualTo(npy(new Memory(Map.of(array, six)), "x", Lacking.REFUSE));
            }
        }
    }

    @Test
    void valuesThatNumpyLacksAreWidenedAndOthersStay() throws IOException {
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorSpec.of("bf16", DType.BF16, 2), new byte[] {(byte) 0x80, 0x3f, 0, (byte) 0xc0}); // 1, -2
        tensors.put(TensorSpec.of("f8", DType.F8_E4M3, 2), new byte[] {0x38, (byte) 0xc0}); // 1, -2
        tensors.put(TensorSpec.of("f4", DType.F4, 2), new byte[] {(byte) 0xc2}); // 1, -2
        tensors.put(TensorSpec.of("f64", DType.F64, 1), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        Memory source = new Memory(tensors);
        Path file = Files.write(folder.resolve("wide.npz"), piped(source, Lacking.WIDEN));
        byte[] wide = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0};
        try (NumpyArrays read = NumpyArraysTest.open(file, CheckpointOptions.defaults())) {
            assertThat(read.tensors())
                    .containsExactly(
                            TensorSpec.of("bf16", DType.F32, 2),
                            TensorSpec.of("f8", DType.F32, 2),
                            TensorSpec.of("f4", DType.F32, 2),
                            TensorSpec.of("f64", DType.F64, 1));
            assertThat(Listing.bytes(read, "bf16")).isEqualTo(wide);
            assertThat(Listing.bytes(read, "f8")).isEqualTo(wide);
            assertThat(Listing.bytes(read, "f4")).isEqualTo(wide);
            assertThat(Listing.bytes(read, "f64")).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        }
        assertThat(npy(source, "f8", Lacking.WIDEN)).endsWith(wide).hasSize(128 + wide.length);
        assertThatThrownBy(() -> NumpyWriter.arrayOf(TensorSpec.of("x", DType.F6_E2M3, 4), Lacking.WIDEN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tensor 'x', F6_E2M3 [4]: nobody defines");
    }

    @Test
    void packedRowsThatEndWithinAByteMakeNoArray() {
        assertThatThrownBy(() -> NumpyWriter.arrayOf(TensorSpec.of("x", DType.F4, 2, 3), Lacking.RAW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tensor 'x', F4 [2, 3]: its rows do not end on a byte");
    }

    @Test
    void aSourceThatBringsMoreOrLessThanItDeclaresIsAnError() {
        TensorSpec tensor = TensorSpec.of("x", DType.U8, 3);
        assertThatThrownBy(() -> npy(new Memory(Map.of(tensor, new byte[2])), "x", Lacking.REFUSE))
                .isInstanceOf(EOFException.class)
                .hasMessage("tensor 'x', U8 [3]: the source ended after 2 of 3 bytes");
        assertThatThrownBy(() -> npy(new Memory(Map.of(tensor, new byte[4])), "x", Lacking.REFUSE))
                .isInstanceOf(IOException.class)
                .hasMessage("tensor 'x', U8 [3]: the source goes on after its 3 bytes");
    }

    @Test
    void namesThatAZipArchiveCannotHoldAreRefused() {
        for (String name : List.of("a\0b", "x".repeat(65_532))) {
            TensorSource source = new Memory(Map.of(TensorSpec.of(name, DType.U8, 0), new byte[0]));
            assertThatThrownBy(() -> piped(source, Lacking.REFUSE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("zip archive")
                    .message()
                    .hasSizeLessThan(1000);
        }
    }

    @Test
    void aNameThatIsNotThereIsSaid() {
        assertThatThrownBy(() -> npy(new Memory(Map.of()), "x", Lacking.REFUSE))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("'x'");
    }

    @Test
    void anArchiveGoesOnBehindWhatIsThereAsWithSavez() throws IOException {
        try (NumpyArrays arrays = numpys("file.npz")) {
            Path file = Files.write(folder.resolve("behind.npz"), new byte[100]);
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
                NumpyWriter.writeNpz(arrays, out.position(100), Lacking.REFUSE);
                assertThat(out.position()).isEqualTo(100 + Files.size(GOLDEN.resolve("file.npz")));
            }
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.APPEND)) {
                assertThatThrownBy(() -> NumpyWriter.writeNpz(arrays, out, Lacking.REFUSE))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("opened for appending");
            }
        }
    }

    /** Tensors with their bytes; zeros for one that has none and a size. */
    private static final class Memory implements TensorSource {
        private final List<TensorSpec> tensors;
        private final Map<String, byte[]> bytes = new HashMap<>();
        private final Map<String, Long> zeros = new HashMap<>();

        Memory(Map<TensorSpec, byte[]> tensors) {
            this.tensors = List.copyOf(tensors.keySet());
            tensors.forEach((tensor, content) -> {
                bytes.put(tensor.name(), content);
                zeros.put(tensor.name(), content.length == 0 ? tensor.byteSize() : 0);
            });
        }

        @Override
        public List<TensorSpec> tensors() {
            return tensors;
        }

        @Override
        public Optional<Map<String, String>> metadata() {
            return Optional.empty();
        }

        @Override
        public ReadableByteChannel open(String name) {
            byte[] content = bytes.get(name);
            return new ReadOnlyChannel(content.length + zeros.get(name)) {
                @Override
                void fill(ByteBuffer target, long at) {
                    if (content.length > 0) {
                        target.put(content, (int) at, target.remaining());
                    } else {
                        target.put(ZEROS, 0, Math.min(target.remaining(), ZEROS.length));
                    }
                }
            };
        }

        @Override
        public void close() {}
    }
}
