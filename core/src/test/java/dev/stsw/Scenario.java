package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// What is done to a path while everything goes wrong, and what must hold afterwards.
enum Scenario {
    /// A file where none was.
    NEW(false, false, false, false),
    /// A file in the place of another one.
    REPLACE(true, false, false, false),
    /// The same, so that it can be resumed.
    RESUMABLE(true, true, false, false),
    /// Going on with half of a file.
    RESUME(true, true, true, false),
    /// Half a file, then given up.
    ABORT(true, false, false, true),
    /// Half a file, then given up for now.
    PAUSE(true, true, false, true),
    /// A file in the place of another one, several tensors at once.
    WORKERS(true, false, false, false),
    /// A file in the place of another one, without waiting for the disk.
    NO_SYNC(true, false, false, false);

    /// Nightly runs have more calls, and more of everything else.
    static final boolean NIGHTLY = "nightly".equals(System.getProperty("stsw.reliability"));

    static final String FILE = "model.safetensors";
    private static final byte[] OLD = "the old file".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final boolean replaces;
    private final boolean resumable;
    private final boolean resumes;
    private final boolean aborts;

    Scenario(boolean replaces, boolean resumable, boolean resumes, boolean aborts) {
        this.replaces = replaces;
        this.resumable = resumable;
        this.resumes = resumes;
        this.aborts = aborts;
    }

    /// More than a buffer of 4096 bytes each, and never a whole number of them.
    private static List<TensorSpec> tensors(int count) {
        List<TensorSpec> tensors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tensors.add(TensorSpec.of("layer." + i, DType.U8, 4500 + i));
        }
        return tensors;
    }

    private static int count() {
        return NIGHTLY ? 150 : 14;
    }

    private static void writeWithoutSync(Path file, int count) throws IOException {
        List<TensorSpec> tensors = tensors(count);
        try (StreamWriter writer =
                StreamWriter.open(file, tensors, options(false).withDurable(false))) {
            for (TensorSpec tensor : tensors) {
                writer.writeTensor(
                        tensor.name(), Tensor.of(tensor.dtype(), tensor.shape(), MemorySegment.ofArray(bytes(tensor))));
            }
        }
    }

    private static WriteOptions options(boolean resumable) {
        return WriteOptions.defaults().withBufferSize(4096).withCrc32(true).withResume(resumable);
    }

    /// Writes what is missing, up to a tensor.
    private static void write(Path file, int count, int end, boolean resumable) throws IOException {
        List<TensorSpec> tensors = tensors(count);
        try (StreamWriter writer = StreamWriter.open(file, tensors, options(resumable))) {
            for (TensorSpec tensor : tensors.subList(writer.resumedTensors().size(), end)) {
                writer.writeBlock(tensor.name(), bytes(tensor));
                writer.finalizeTensor(tensor.name());
            }
            if (end < count) {
                writer.abort();
            }
        }
    }

    private static byte[] bytes(TensorSpec tensor) {
        byte[] bytes = new byte[(int) tensor.byteSize()];
        new SplittableRandom(tensor.name().hashCode()).nextBytes(bytes);
        return bytes;
    }

    /// The same file by two workers.
    private static void writeAtOnce(Path file, int count) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorSpec tensor : tensors(count)) {
            tensors.put(tensor.name(), Tensor.of(tensor.dtype(), tensor.shape(), MemorySegment.ofArray(bytes(tensor))));
        }
        Stsw.write(Tensors.source(tensors), file, options(false).withWorkers(2));
    }

    /// The file as an undisturbed writer makes it.
    static byte[] whole(Path scratch) throws IOException {
        Path file = Files.createDirectories(scratch).resolve("whole");
        write(file, count(), count(), false);
        return Files.readAllBytes(file);
    }

    /// An empty folder with what is there before.
    Path prepare(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : Models.namesIn(folder)) {
            if (!name.equals("lost+found")) {
                Files.delete(folder.resolve(name));
            }
        }
        Path file = folder.resolve(FILE);
        if (replaces) {
            Files.write(file, OLD);
        }
        if (resumes) {
            write(file, count(), count() / 2, true);
        }
        return file;
    }

    String[] arguments(Path file) {
        return new String[] {name(), file.toString(), Integer.toString(count())};
    }

    /// Whether the file is the new one; fails if it is neither that nor the old one.
    boolean isNew(Path file, byte[] whole) throws IOException {
        if (!Files.exists(file)) {
            assertThat(replaces).as("the old file is gone").isFalse();
            return false;
        }
        byte[] found = Files.readAllBytes(file);
        if (Arrays.equals(found, OLD) && replaces) {
            return false;
        }
        assertThat(Arrays.mismatch(found, whole))
                .as("neither the old file nor the new one, but %s bytes; differs from the new one at", found.length)
                .isEqualTo(-1);
        assertThat(aborts).as("published although aborted").isFalse();
        return true;
    }

    /// A second attempt ends as if nothing had happened, and cleans up.
    static void finish(Path file, byte[] whole) throws IOException {
        write(file, count(), count(), true);
        assertThat(file).hasBinaryContent(whole);
        List<String> names = new ArrayList<>(Models.namesIn(file.getParent()));
        names.remove("lost+found");
        assertThat(names).containsExactly(FILE);
    }

    /// Runs the scenario named; says `done`.
    static final class Main {
        public static void main(String[] args) throws IOException {
            Scenario scenario = valueOf(args[0]);
            int count = Integer.parseInt(args[2]);
            if (scenario == WORKERS) {
                writeAtOnce(Path.of(args[1]), count);
            } else if (scenario == NO_SYNC) {
                writeWithoutSync(Path.of(args[1]), count);
            } else {
                write(Path.of(args[1]), count, scenario.aborts ? count / 2 : count, scenario.resumable);
            }
            System.out.println("done");
        }
    }
}
