package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.FileChangedException;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A mapped file that is cut takes no virtual machine down: each public method that looks at its bytes gives an
/// exception of ours. Each in a virtual machine of its own, first interpreted and then again when it was compiled.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a mapped file cannot be cut there")
@Timeout(120)
class TruncationTest {
    private static final int COUNT = 1 << 16;

    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> everyMethodSurvivesACutFile() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String operation : operations(folder).keySet()) {
            tests.add(DynamicTest.dynamicTest(operation, () -> {
                ChildJvm.Result child = ChildJvm.run("022", Main.class, folder.toString(), operation);
                assertThat(child.output()).contains("cold: changed").contains("hot: changed");
                assertThat(child.exit()).as(child.output()).isZero();
            }));
        }
        return tests;
    }

    /// What a caller does with an open file.
    @FunctionalInterface
    private interface Operation {
        double on(StreamReader reader) throws IOException;
    }

    private static Map<String, Operation> operations(Path folder) {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("getFloat", reader -> {
            Tensor tensor = reader.tensor("f32");
            double sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getFloat(i);
            }
            return sum;
        });
        all.put("getDouble", reader -> {
            Tensor tensor = reader.tensor("f32");
            double sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getDouble(i);
            }
            return sum;
        });
        all.put("getLong", reader -> {
            Tensor tensor = reader.tensor("i32");
            long sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getLong(i);
            }
            return sum;
        });
        all.put("getBoolean", reader -> {
            Tensor tensor = reader.tensor("bool");
            int sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getBoolean(i) ? 1 : 0;
            }
            return sum;
        });
        all.put("toFloatArray of F32", reader -> reader.tensor("f32").toFloatArray()[COUNT - 1]);
        all.put("toFloatArray of BF16", reader -> reader.tensor("bf16").toFloatArray()[COUNT - 1]);
        all.put("toFloatArray of I32", reader -> reader.tensor("i32").toFloatArray()[COUNT - 1]);
        all.put("toFloatArray of F4", reader -> reader.tensor("f4").toFloatArray()[COUNT - 1]);
        all.put("toDoubleArray", reader -> reader.tensor("bf16").toDoubleArray()[COUNT - 1]);
        all.put("toLongArray", reader -> reader.tensor("i32").toLongArray()[COUNT - 1]);
        all.put("toIntArray", reader -> reader.tensor("i32").toIntArray()[COUNT - 1]);
        all.put("toBooleanArray", reader -> reader.tensor("bool").toBooleanArray()[COUNT - 1] ? 1 : 0);
        all.put("toByteArray", reader -> reader.tensor("f32").toByteArray()[COUNT - 1]);
        all.put(
                "contiguous",
                reader -> matrix(reader).slice(1, 1, 3).contiguous().byteSize());
        all.put("select", reader -> matrix(reader).select(1, 1).toFloatArray().length);
        all.put("dump", reader -> {
            Stsw.dump(Map.of("x", reader.tensor("f32")), folder.resolve("copy"));
            return 0;
        });
        all.put("dump of a view", reader -> {
            Stsw.dump(Map.of("x", matrix(reader).select(1, 1)), folder.resolve("copy"));
            return 0;
        });
        all.put("writeBlock of a segment", reader -> write(folder, reader, COUNT * 4));
        all.put("writeBlock of small segments", reader -> write(folder, reader, 16));
        all.put("writeBlock of a buffer", reader -> write(folder, reader, 0));
        all.put("asSource", reader -> {
            Stsw.write(reader.asSource(), folder.resolve("copy"), WriteOptions.defaults());
            return 0;
        });
        return all;
    }

    private static Tensor matrix(StreamReader reader) throws IOException {
        return reader.tensor("f32").reshape(COUNT / 4, 4);
    }

    private static double write(Path folder, StreamReader reader, int size) throws IOException {
        List<TensorSpec> tensors = List.of(TensorSpec.of("x", DType.F32, COUNT));
        WriteOptions options = WriteOptions.defaults().withCrc32(true);
        MemorySegment slice = reader.getSlice("f32");
        try (StreamWriter writer = StreamWriter.open(folder.resolve("copy"), tensors, options)) {
            if (size == 0) {
                writer.writeBlock("x", slice.asByteBuffer());
            } else {
                for (long at = 0; at < slice.byteSize(); at += size) {
                    writer.writeBlock("x", slice.asSlice(at, size));
                }
            }
            writer.finalizeTensor("x");
        }
        return 0;
    }

    /// Runs one operation on a cut file, cold and hot.
    static final class Main {
        private static double sink;

        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[0]);
            Operation operation = operations(folder).get(args[1]);
            System.out.println("cold: " + onCutFile(folder, operation, 0));
            System.out.println("hot: " + onCutFile(folder, operation, 60));
            if (sink == 1) {
                System.out.println();
            }
        }

        private static String onCutFile(Path folder, Operation operation, int warmUp) throws IOException {
            Path file = folder.resolve("cut.safetensors");
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("f32", Tensor.of(new float[COUNT]));
            tensors.put("i32", Tensor.of(new int[COUNT]));
            tensors.put("bf16", Tensor.of(DType.BF16, new float[COUNT]));
            tensors.put("bool", Tensor.of(new boolean[COUNT]));
            tensors.put(
                    "f4",
                    Tensor.of(DType.F4, dev.stsw.format.Shape.of(COUNT), MemorySegment.ofArray(new byte[COUNT / 2])));
            Stsw.dump(tensors, file);
            try (StreamReader reader = StreamReader.open(file)) {
                for (int i = 0; i < warmUp; i++) {
                    sink += operation.on(reader);
                }
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(4096);
                }
                sink += operation.on(reader);
                return "nothing noticed";
            } catch (UncheckedIOException e) {
                return e.getCause() instanceof FileChangedException ? "changed" : e.toString();
            } catch (IOException e) {
                return e instanceof FileChangedException || e.getMessage().contains("cut") ? "changed" : e.toString();
            }
        }
    }
}
