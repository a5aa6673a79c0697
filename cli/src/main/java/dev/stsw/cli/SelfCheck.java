package dev.stsw.cli;

import dev.stsw.StreamReader;
import dev.stsw.StreamWriter;
import dev.stsw.Stsw;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import dev.stsw.format.SafetensorsException;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Outcome;
import dev.stsw.torch.Checkpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// The steps of the self-test. Each goes on with the files that the steps before it left in the folder.
enum SelfCheck {
    WRITE("write a file with checksums") {
        @Override
        void run(Path folder) throws IOException {
            List<TensorSpec> tensors =
                    List.of(TensorSpec.of("matrix", DType.F32, 100, 100), TensorSpec.of("vector", DType.I64, 3));
            WriteOptions options = WriteOptions.defaults().withCrc32(true);
            try (StreamWriter writer = StreamWriter.open(folder.resolve(FILE), tensors, options)) {
                writer.writeBlock("matrix", MATRIX);
                writer.finalizeTensor("matrix");
                writer.writeBlock("vector", VECTOR);
                writer.finalizeTensor("vector");
            }
        }
    },
    READ("read it back, mapped") {
        @Override
        void run(Path folder) throws IOException {
            try (StreamReader reader = StreamReader.open(folder.resolve(FILE))) {
                expect(Arrays.equals(reader.tensor("matrix").toFloatArray(), MATRIX), "matrix differs");
                expect(Arrays.equals(reader.tensor("vector").toLongArray(), VECTOR), "vector differs");
            }
        }
    },
    VERIFY("verify it") {
        @Override
        void run(Path folder) throws IOException {
            expect(Stsw.verify(folder.resolve(FILE)).ok(), "a good file was called bad");
        }
    },
    FLIP("find one flipped bit, wherever it is") {
        @Override
        void run(Path folder) throws IOException {
            byte[] bytes = Files.readAllBytes(folder.resolve(FILE));
            for (int at = 0; at < bytes.length; at += bytes.length / 20) {
                byte[] flipped = bytes.clone();
                flipped[at] ^= 1;
                Path file = Files.write(folder.resolve("flipped.safetensors"), flipped);
                expect(!isIntact(file), "a flipped bit at byte " + at + " was not found");
            }
        }
    },
    CONVERT("convert a PyTorch checkpoint") {
        @Override
        void run(Path folder) throws IOException {
            Path in = folder.resolve("selftest.pt");
            try (InputStream resource = SelfCheck.class.getResourceAsStream("selftest.pt")) {
                Files.copy(Objects.requireNonNull(resource, "selftest.pt is not in the jar"), in);
            }
            Path out = folder.resolve("converted.safetensors");
            try (Checkpoint checkpoint = Checkpoint.open(FileChannel.open(in))) {
                WriteOptions options = WriteOptions.defaults().withCrc32(true);
                Stsw.write(TensorSources.inReferenceOrder(checkpoint), out, options);
            }
            try (StreamReader reader = StreamReader.open(out)) {
                expect(
                        reader.keys().equals(List.of("bias", "weight")),
                        "expected bias and weight but was " + reader.keys());
                float[] transposed = reader.tensor("weight").toFloatArray();
                expect(Arrays.equals(transposed, new float[] {0, 2, 4, 1, 3, 5}), "the transposed view differs");
            }
            expect(Stsw.verify(out).ok(), "the result is not intact");
        }
    },
    /// Also what the launcher trains its cache of classes on: whatever runs here starts quickly later.
    COMMANDS("the same by command line") {
        @Override
        void run(Path folder) {
            String in = folder.resolve("selftest.pt").toString();
            String out = folder.resolve("commands.safetensors").toString();
            for (List<String> command : List.of(
                    List.of("inspect", in, out.replace("commands", "converted")),
                    List.of("convert", in, out, "--crc32", "--rename", "weight=tied", "--exclude", "none"),
                    List.of("convert", out, out, "--crc32"),
                    List.of("inspect", out, "--json"),
                    List.of("verify", out),
                    List.of("verify", out, "--json"))) {
                ByteArrayOutputStream err = new ByteArrayOutputStream();
                Terminal nowhere = Terminal.plain(
                        new Output(OutputStream.nullOutputStream()),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
                int exitCode = Main.run(nowhere, command.toArray(String[]::new));
                expect(exitCode == ExitCode.GOOD, command.get(0) + ": " + err.toString(StandardCharsets.UTF_8));
            }
        }
    };

    private static final String FILE = "selftest.safetensors";
    private static final float[] MATRIX = floats(100 * 100);
    private static final long[] VECTOR = {Long.MIN_VALUE, -1, Long.MAX_VALUE};

    private final String title;

    SelfCheck(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /// Does the step; any exception means that it failed.
    abstract void run(Path folder) throws IOException;

    private static float[] floats(int count) {
        float[] values = new float[count];
        IntStream.range(0, count).forEach(i -> values[i] = (float) Math.sin(i));
        return values;
    }

    private static boolean isIntact(Path file) throws IOException {
        try {
            Verification verification = Stsw.verify(file);
            return verification.outcome() == Outcome.INTACT;
        } catch (SafetensorsException e) {
            return false;
        }
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
