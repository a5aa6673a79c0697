package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointOptions.Shared;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Checkpoints of every kind that torch writes or wrote, with what torch 2.13 reads from them. */
class TorchGoldenTest {
    private static final Path FILES = Golden.FOLDER.resolve("torch");

    /** A file of the table, and the rows of its tensors: name, dtype, shape, sha256, twin. */
    private record File(String name, boolean accepted, String key, String reason, List<List<String>> tensors) {
        Path path() {
            return FILES.resolve(name);
        }
    }

    private static List<File> files() throws IOException {
        Map<String, File> files = new LinkedHashMap<>();
        for (List<String> row : Golden.table("torch/torch.tsv")) {
            String name = row.get(0);
            if (row.get(1).equals("file")) {
                files.put(name, new File(name, row.get(2).equals("accept"), row.get(4), row.get(5), new ArrayList<>()));
            } else {
                files.get(name).tensors.add(row.subList(2, row.size()));
            }
        }
        assertThat(files).hasSizeGreaterThan(200);
        return List.copyOf(files.values());
    }

    @TestFactory
    List<DynamicTest> namesTypesShapesAndBytesAreThoseOfTorch() throws IOException {
        return files().stream()
                .filter(file -> file.accepted && !file.tensors.isEmpty())
                .map(file -> DynamicTest.dynamicTest(file.name, () -> {
                    CheckpointOptions options = CheckpointOptions.defaults().withShared(Shared.DUPLICATE);
                    try (Checkpoint checkpoint = Listing.open(file.path(), options)) {
                        assertThat(Listing.of(checkpoint)).isEqualTo(expected(file));
                        assertThat(checkpoint.concurrent()).isTrue();
                        assertThat(Listing.atOnce(checkpoint)).isEqualTo(expected(file));
                        assertThat(checkpoint.report().key()).isEqualTo(file.key);
                        assertThat(checkpoint.report().shared()).isEmpty();
                    }
                }))
                .toList();
    }

    private static List<String> expected(File file) {
        return file.tensors.stream()
                .map(row -> String.join("\t", row.subList(0, 4)))
                // A bare tensor has no name in the file.
                .map(line -> line.startsWith("*\t") ? "tensor" + line.substring(1) : line)
                .toList();
    }

    @TestFactory
    List<DynamicTest> ofEachSharedTensorTheFirstNameIsKept() throws IOException {
        return files().stream()
                .filter(file ->
                        file.tensors.stream().anyMatch(row -> !row.get(4).isEmpty()))
                .map(file -> DynamicTest.dynamicTest(file.name, () -> {
                    try (Checkpoint checkpoint = Listing.open(file.path())) {
                        Map<String, String> removed = removed(file);
                        assertThat(checkpoint.report().shared()).isEqualTo(removed);
                        assertThat(checkpoint.metadata().orElseThrow()).containsAllEntriesOf(removed);
                        assertThat(checkpoint.tensors())
                                .extracting(TensorSpec::name)
                                .containsExactlyElementsOf(file.tensors.stream()
                                        .map(row -> row.get(0))
                                        .filter(name -> !removed.containsKey(name))
                                        .toList());
                    }
                    assertThatThrownBy(() -> Listing.open(
                                    file.path(), CheckpointOptions.defaults().withShared(Shared.ERROR)))
                            .isInstanceOf(CheckpointException.class)
                            .hasMessageFindingMatch("are the same one|share memory");
                }))
                .toList();
    }

    private static Map<String, String> removed(File file) {
        Map<String, List<String>> groups = new HashMap<>();
        for (List<String> row : file.tensors) {
            // Empty tensors have no memory to share.
            if (!Arrays.asList(row.get(2).split(",")).contains("0")) {
                String first = row.get(4).isEmpty() ? row.get(0) : row.get(4);
                // The table's twins may be conjugates of each other.
                groups.computeIfAbsent(first + row.get(3), name -> new ArrayList<>())
                        .add(row.get(0));
            }
        }
        Map<String, String> removed = new HashMap<>();
        groups.values().forEach(names -> names.stream().skip(1).forEach(name -> removed.put(name, names.get(0))));
        return removed;
    }

    @TestFactory
    List<DynamicTest> aFileWithoutTensorsIsRefusedAndSaysWhatItHas() throws IOException {
        return files().stream()
                .filter(file -> file.accepted && file.tensors.isEmpty())
                .map(file -> DynamicTest.dynamicTest(
                        file.name,
                        () -> assertThatThrownBy(() -> Listing.open(file.path()))
                                .isInstanceOfSatisfying(
                                        CheckpointException.class,
                                        e -> assertThat(e.kind()).isEqualTo(Kind.NOT_A_CHECKPOINT))
                                .hasMessageStartingWith(file.name + ": no tensors in the file; it ")))
                .toList();
    }

    @TestFactory
    List<DynamicTest> whatSafetensorsCannotHoldIsRefusedWithTheReason() throws IOException {
        return files().stream()
                .filter(file -> !file.accepted)
                .map(file -> DynamicTest.dynamicTest(file.name, () -> {
                    // The table's reasons begin or end with the word that a message must have.
                    String word = file.reason.startsWith("pickle")
                            ? "protocol 0|magic number"
                            : file.reason.substring(file.reason.lastIndexOf(' ') + 1);
                    assertThatThrownBy(() -> Listing.open(file.path()))
                            .isInstanceOf(CheckpointException.class)
                            .hasMessageStartingWith(file.name + ": ")
                            .hasMessageFindingMatch(word);
                }))
                .toList();
    }
}
