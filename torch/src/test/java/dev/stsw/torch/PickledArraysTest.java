package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.torch.CheckpointOptions.Shared;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Arrays and tensors that lie in pickles themselves come out as NumPy and torch read them. */
class PickledArraysTest {
    private static final Path FOLDER = Golden.FOLDER.resolve("pickles");

    @TestFactory
    List<DynamicTest> whatNumpyAndTorchReadOfAPickleIsWhatIsRead() throws IOException {
        Map<String, List<List<String>>> files = new LinkedHashMap<>();
        for (List<String> row : Golden.table("pickles/pickles.tsv")) {
            files.computeIfAbsent(row.get(0), file -> new ArrayList<>()).add(row);
        }
        assertThat(files).hasSizeGreaterThan(30);
        return files.entrySet().stream()
                .map(file -> DynamicTest.dynamicTest(file.getKey(), () -> check(file.getKey(), file.getValue())))
                .toList();
    }

    private static void check(String file, List<List<String>> rows) throws IOException {
        List<String> tensors = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        for (List<String> row : rows) {
            if (row.get(2).equals("-")) {
                leftOut.add(row.get(1));
            } else {
                tensors.add(String.join("\t", row.subList(1, 5)));
            }
        }
        CheckpointOptions options = CheckpointOptions.defaults().withKey("").withShared(Shared.DUPLICATE);
        try (Checkpoint checkpoint = Listing.open(FOLDER.resolve(file), options)) {
            assertThat(Listing.of(checkpoint)).isEqualTo(tensors);
            assertThat(checkpoint.concurrent()).isTrue();
            assertThat(Listing.atOnce(checkpoint)).isEqualTo(tensors);
            assertThat(checkpoint.report().skipped().stream()
                            .filter(part -> part.reason().contains("array"))
                            .map(CheckpointReport.Omission::path))
                    .containsExactlyElementsOf(leftOut);
            assertThat(checkpoint.report().unknownGlobals()).allMatch(name -> !name.contains("numpy.core"));
        }
    }

    @Test
    void numbersBesideTheModelDoNotHideIt() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FOLDER.resolve("training.pt"))) {
            assertThat(checkpoint.report().key()).isEqualTo("my_net");
            assertThat(checkpoint.tensors()).hasSize(9);
        }
    }

    @Test
    void aLoneLayerOfArraysKeepsItsName() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FOLDER.resolve("dict-alone.npy"))) {
            assertThat(checkpoint.tensors())
                    .singleElement()
                    .matches(tensor -> tensor.name().equals("conv1.weights"));
        }
        try (Checkpoint checkpoint = Listing.open(FOLDER.resolve("dict-wrapped.npy"))) {
            assertThat(checkpoint.tensors())
                    .singleElement()
                    .matches(tensor -> tensor.name().equals("conv1.weights"));
            assertThat(checkpoint.report().key()).isEqualTo("all");
        }
    }

    @Test
    void childrenOfAScriptAreNoModelsOfTheirOwn() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FOLDER.resolve("torchscript-twins.pt"))) {
            assertThat(checkpoint.report().key()).isEmpty();
            assertThat(checkpoint.tensors()).hasSize(4);
        }
    }

    @Test
    void anArrayThatIsThereTwiceIsWrittenOnce() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FOLDER.resolve("twice.pkl"))) {
            assertThat(checkpoint.report().shared()).isEqualTo(Map.of("b", "a"));
            assertThat(checkpoint.report().container()).isEqualTo("pickle");
        }
    }

    @Test
    void inAStrictReadingArraysOfNumpyAreRefused() {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Listing.open(
                        FOLDER.resolve("twice.pkl"),
                        CheckpointOptions.defaults().withStrict(true))))
                .hasMessageContaining("not on torch's allow-list");
    }
}
