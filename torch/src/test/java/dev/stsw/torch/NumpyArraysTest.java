package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What numpy writes is what is read; what safetensors cannot hold, or numpy would not write, is refused. */
class NumpyArraysTest {
    private static final Path FOLDER = Golden.FOLDER.resolve("numpy");

    @TempDir
    private Path folder;

    static NumpyArrays open(Path file, CheckpointOptions options) throws IOException {
        FileChannel channel = FileChannel.open(file);
        try {
            return NumpyArrays.open(channel, options.withFileName(file.toString()));
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    @TestFactory
    List<DynamicTest> everyFileOfNumpyIsReadOrRefusedWithItsReason() throws IOException {
        Map<String, List<List<String>>> files = new LinkedHashMap<>();
        for (List<String> row : Golden.table("numpy/numpy.tsv")) {
            files.computeIfAbsent(row.get(0), file -> new ArrayList<>()).add(row);
        }
        assertThat(files).hasSizeGreaterThan(160);
        return files.entrySet().stream()
                .map(file -> DynamicTest.dynamicTest(file.getKey(), () -> check(file.getKey(), file.getValue())))
                .toList();
    }

    private static void check(String file, List<List<String>> rows) throws IOException {
        Path path = FOLDER.resolve(file);
        if (rows.get(0).get(1).equals("refuse")) {
            assertThatThrownBy(() -> read(path))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith(path + ": ")
                    .hasMessageContaining(rows.get(0).get(2))
                    .message()
                    .matches("\\P{Cntrl}{1,1000}");
            return;
        }
        assertThat(read(path))
                .containsExactlyElementsOf(rows.stream()
                        .filter(row -> !row.get(2).equals("-"))
                        .map(row -> String.join("\t", row.subList(1, 5)))
                        .toList());
        try (NumpyArrays arrays = open(path, CheckpointOptions.defaults())) {
            assertThat(arrays.skipped().stream().map(Omission::path))
                    .containsExactlyElementsOf(rows.stream()
                            .filter(row -> row.get(2).equals("-"))
                            .map(row -> row.get(1))
                            .toList());
            assertThat(arrays.holdsPickles()).isFalse();
        }
    }

    private static List<String> read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            assertThat(NumpyArrays.isNumpy(channel)).isTrue();
        }
        try (NumpyArrays arrays = open(file, CheckpointOptions.defaults())) {
            assertThat(arrays.metadata()).isEmpty();
            return Listing.of(arrays);
        }
    }

    @Test
    void checkpointsAreNotTakenForNumpy() throws IOException {
        for (List<String> row : Golden.table("torch/torch.tsv")) {
            if (row.get(1).equals("file")) {
                try (FileChannel channel = FileChannel.open(Golden.FOLDER.resolve("torch/" + row.get(0)))) {
                    assertThat(NumpyArrays.isNumpy(channel)).as(row.get(0)).isFalse();
                }
            }
        }
        assertThat(Files.createFile(folder.resolve("empty"))).satisfies(empty -> {
            try (FileChannel channel = FileChannel.open(empty)) {
                assertThat(NumpyArrays.isNumpy(channel)).isFalse();
            }
        });
    }

    @Test
    void anArrayThatCannotBeReadCanBeHeldBack() throws IOException {
        CheckpointOptions options = CheckpointOptions.defaults().withFilter(name -> name.equals("good"));
        try (NumpyArrays arrays = open(FOLDER.resolve("complex128.npz"), options)) {
            assertThat(arrays.tensors()).singleElement().hasToString("TensorSpec[name=good, dtype=F32, shape=[2, 3]]");
            assertThat(arrays.dropped())
                    .containsExactly(
                            new Omission("bad", "held back by the filter"),
                            new Omission("worse", "held back by the filter"));
        }
    }

    @Test
    void arraysOfObjectsAreSaidToBePickles() throws IOException {
        Path pickles = Golden.FOLDER.resolve("pickles");
        for (String name : List.of("dict.npy", "mixed.npz")) {
            try (NumpyArrays arrays = open(pickles.resolve(name), CheckpointOptions.defaults())) {
                assertThat(arrays.holdsPickles()).as(name).isTrue();
            }
        }
        CheckpointOptions withoutThem = CheckpointOptions.defaults().withFilter(name -> name.equals("w"));
        try (NumpyArrays arrays = open(pickles.resolve("mixed.npz"), withoutThem)) {
            assertThat(arrays.holdsPickles()).isFalse();
            assertThat(arrays.tensors()).hasSize(1);
        }
    }

    @Test
    void membersThatAreNoArraysAreReported() throws IOException {
        byte[] array = Files.readAllBytes(FOLDER.resolve("f4-4-little-F-v2.npy"));
        Path file = zip(Map.of("a.npy", array, "readme.txt", new byte[3], "folder/", new byte[0]));
        try (NumpyArrays arrays = open(file, CheckpointOptions.defaults())) {
            assertThat(arrays.tensors()).hasSize(1);
            assertThat(arrays.dropped()).containsExactly(new Omission("readme.txt", "no array of NumPy"));
        }
    }

    private Path zip(Map<String, byte[]> members) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                zip.putNextEntry(new ZipEntry(member.getKey()));
                zip.write(member.getValue());
            }
        }
        return Files.write(folder.resolve("made.npz"), bytes.toByteArray());
    }

    @Test
    void aTinyFileDoesNotUnfoldToGigabytes() throws IOException {
        int size = 80 << 20;
        String literal = String.format(Locale.ROOT, "{'descr': '|u1', 'fortran_order': False, 'shape': (%d,)}", size);
        String head = NumpyHeader.MAGIC + "\1\0" + (char) literal.length() + "\0" + literal;
        byte[] zeros = Arrays.copyOf(head.getBytes(StandardCharsets.ISO_8859_1), head.length() + size);
        Path file = zip(Map.of("zeros.npy", zeros));
        assertThatThrownBy(() -> open(file, CheckpointOptions.defaults()))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT))
                .hasMessageContaining("raise the limit");
        try (NumpyArrays arrays = open(file, CheckpointOptions.defaults().withMaxOutputBytes(100 << 20))) {
            assertThat(arrays.tensors()).hasSize(1);
        }
    }
}
