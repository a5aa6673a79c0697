package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.SafetensorsException;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a fuzzer calls with arbitrary bytes, one class each: a bad file is an exception of ours, and whatever is
/// accepted keeps its promises. `FuzzTest` runs them for a moment; docs/reliability.md says how to run them for
/// hours.
final class FuzzTargets {
    private FuzzTargets() {}

    private static void require(boolean holds, String promise) {
        if (!holds) {
            throw new AssertionError(promise);
        }
    }

    /// In memory where there is such a folder.
    private static Path file(String name) throws IOException {
        Path memory = Path.of("/dev/shm");
        Path parent = Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
        Path folder = parent.resolve("stsw-fuzz-" + ProcessHandle.current().pid());
        Files.createDirectories(folder);
        folder.toFile().deleteOnExit();
        Path file = folder.resolve(name);
        file.toFile().deleteOnExit();
        return file;
    }

    /// The bytes are a file's, and its header is parsed.
    static final class Parse {
        public static void fuzzerTestOneInput(byte[] data) {
            try {
                ByteBuffer bytes = ByteBuffer.wrap(data);
                int length = Header.jsonLength(bytes.duplicate(), data.length);
                Header header = Header.parse(bytes.slice(0, Header.PREFIX_BYTES + length), data.length);
                long end = 0;
                for (TensorMeta tensor : header.tensors()) {
                    require(tensor.offsetBegin() <= tensor.offsetEnd(), "a tensor ends where it begins, or after");
                    require(header.find(tensor.name()).isPresent(), "a tensor is found by its name");
                    end += tensor.byteSize();
                }
                require(end == header.dataSize(), "the tensors fill the data section");
                require(header.dataStart() + end == data.length, "and nothing else is in the file");
            } catch (HeaderException e) {
                require(e.getMessage() != null, "a bad header is described");
            }
        }
    }

    /// The bytes are a file, which is read whole.
    static final class Read {
        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            Path file = file("read.safetensors");
            Files.write(file, data);
            try (StreamReader reader =
                    StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
                long sum = 0;
                for (TensorMeta tensor : reader) {
                    sum += reader.tensor(tensor.name()).toByteArray().length;
                }
                require(sum <= data.length, "no more is read than there is");
                Stsw.verify(file);
            } catch (SafetensorsException e) {
                require(e.getMessage().contains(file.toString()), "a bad file is named");
            }
        }
    }

    /// The bytes are a partial file: it is refused and stays, or leads to the whole file.
    static final class Resume {
        private static final List<TensorSpec> TENSORS = List.of(
                TensorSpec.of("a", DType.U8, 10), TensorSpec.of("b", DType.F32, 0), TensorSpec.of("c", DType.U8, 7));
        private static final WriteOptions OPTIONS =
                WriteOptions.defaults().withCrc32(true).withResume(true);

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            Path target = file("resume.safetensors");
            Path partial = file(".resume.safetensors.stsw-partial");
            Files.deleteIfExists(target);
            Files.write(partial, data);
            try {
                write(target);
            } catch (IOException e) {
                require(e.getMessage().contains(partial.toString()), "a foreign partial file is named");
                require(Arrays.equals(Files.readAllBytes(partial), data), "and stays");
                return;
            }
            require(Arrays.equals(Files.readAllBytes(target), whole()), "a resumed file is the whole one");
        }

        static byte[] whole() throws IOException {
            Path straight = file("straight.safetensors");
            if (!Files.exists(straight)) {
                write(straight);
            }
            return Files.readAllBytes(straight);
        }

        private static void write(Path target) throws IOException {
            try (StreamWriter writer = StreamWriter.open(target, TENSORS, OPTIONS)) {
                for (TensorSpec tensor : TENSORS.subList(writer.resumedTensors().size(), TENSORS.size())) {
                    byte[] bytes = new byte[(int) tensor.byteSize()];
                    Arrays.fill(bytes, (byte) tensor.name().charAt(0));
                    writer.writeBlock(tensor.name(), bytes);
                    writer.finalizeTensor(tensor.name());
                }
            }
        }
    }

    /// The bytes say which tensors are written, and are their data; what is read is the same.
    static final class RoundTrip {
        private static final int MOST = 1 << 12;

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            List<TensorSpec> tensors = new ArrayList<>();
            DType[] types = DType.values();
            for (int i = 0; i + 2 < data.length && tensors.size() < 40; i += 3) {
                DType type = types[Byte.toUnsignedInt(data[i]) % types.length];
                String name = tensors.size() + new String(Character.toChars(Byte.toUnsignedInt(data[i + 1])));
                // A multiple of 8 elements is whole bytes in each dtype.
                tensors.add(TensorSpec.of(name, type, 8, Byte.toUnsignedInt(data[i + 2]) % 16));
            }
            Path file = file("round.safetensors");
            byte[] bytes = Arrays.copyOf(data, MOST);
            try (StreamWriter writer =
                    StreamWriter.open(file, tensors, WriteOptions.defaults().withCrc32(true))) {
                for (TensorSpec tensor : tensors) {
                    writer.writeBlock(tensor.name(), Arrays.copyOf(bytes, (int) tensor.byteSize()));
                    writer.finalizeTensor(tensor.name());
                }
            }
            require(Stsw.verify(file).ok(), "what was written is intact");
            try (StreamReader reader = StreamReader.open(file)) {
                require(reader.size() == tensors.size(), "all tensors are there");
                for (TensorSpec tensor : tensors) {
                    byte[] read = reader.tensor(tensor.name()).toByteArray();
                    require(Arrays.equals(read, Arrays.copyOf(bytes, (int) tensor.byteSize())), "with their bytes");
                    require(reader.meta(tensor.name()).shape().equals(tensor.shape()), "and shapes");
                }
            }
        }
    }

    /// The bytes choose a file that the reference judged, and what is done to it; our verdict must follow from the
    /// reference's.
    static final class Verdict {
        public static void fuzzerTestOneInput(byte[] data) {
            Verdicts.check(data);
        }
    }
}
