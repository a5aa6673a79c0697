package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * pyarrow reads what is written here. Needs a Python with it: the one that interop/run.sh makes, or the one named by
 * INTEROP_PYTHON.
 */
class PyarrowTest {
    private static final Path INTEROP = Path.of(System.getProperty("stsw.root"), "interop");
    private static final int MISSING = 3;

    @TempDir
    private Path folder;

    private static String python() {
        String named = System.getenv("INTEROP_PYTHON");
        Path made = INTEROP.resolve(".venv/bin/python");
        if (named == null && !Files.isExecutable(made)) {
            return skip("there is no Python environment: run interop/run.sh once");
        }
        return named == null ? made.toString() : named;
    }

    private static String skip(String reason) {
        System.err.println("SKIPPED: Arrow's files before pyarrow, " + reason);
        Assumptions.abort(reason);
        return reason;
    }

    private void write(String name, Map<String, Tensor> columns, long batchBytes) throws IOException {
        Stsw.dump(columns, folder.resolve(name + ".safetensors"));
        try (BufferAllocator allocator = new RootAllocator();
                FileChannel out = FileChannel.open(
                        folder.resolve(name + ".arrow"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            IpcFiles.write(columns, Map.of(), out, allocator, batchBytes);
        }
    }

    private static Tensor random(DType dtype, Random random, long... shape) {
        byte[] bytes = new byte[(int) dtype.byteSize(Shape.of(shape).elementCount())];
        random.nextBytes(bytes);
        if (dtype == DType.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] &= 1;
            }
        }
        return Tensor.of(dtype, Shape.of(shape), MemorySegment.ofArray(bytes));
    }

    @Test
    void pyarrowReadsEachColumnBitForBit() throws Exception {
        String python = python();
        Random random = new Random(5);
        for (int file = 0; file < 12; file++) {
            Map<String, Tensor> columns = new LinkedHashMap<>();
            int rows = file == 0 ? 0 : random.nextInt(1, 200);
            for (DType dtype : DType.values()) {
                if (ArrowTypes.find(dtype) != null) {
                    columns.put(dtype + "-1", random(dtype, random, rows));
                    columns.put(dtype + "-2", random(dtype, random, rows, random.nextInt(1, 9)));
                    columns.put(dtype + "-3", random(dtype, random, rows, random.nextInt(1, 4), random.nextInt(1, 4)));
                }
            }
            write("table" + file, columns, file % 2 == 0 ? 1000 : 1 << 20);
        }
        Process check = new ProcessBuilder(
                        python, INTEROP.resolve("check_arrow.py").toString(), folder.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (check.waitFor() == MISSING) {
            skip(said.strip());
        }
        assertThat(said).startsWith("arrow: ok, 12 files");
        assertThat(check.exitValue()).isZero();
    }
}
