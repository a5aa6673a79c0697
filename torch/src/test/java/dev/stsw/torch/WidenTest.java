package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tensors that safetensors has no form for: all are listed, can be left out, or written in another form. */
class WidenTest {
    private static final Path FILES = Golden.FOLDER.resolve("torch");
    private static final CheckpointOptions WIDE = CheckpointOptions.defaults()
            .withShared(CheckpointOptions.Shared.DUPLICATE)
            .withWiden(true);

    @TestFactory
    List<DynamicTest> theOtherFormIsThatOfTorch() throws IOException {
        Map<String, List<String>> files = new LinkedHashMap<>();
        for (List<String> row : Golden.table("torch/widened.tsv")) {
            files.computeIfAbsent(row.get(0), name -> new ArrayList<>())
                    .add(String.join("\t", row.subList(1, row.size())));
        }
        assertThat(files).hasSizeGreaterThan(5);
        return files.entrySet().stream()
                .map(file -> DynamicTest.dynamicTest(file.getKey(), () -> {
                    try (Checkpoint checkpoint = Listing.open(FILES.resolve(file.getKey()), WIDE)) {
                        assertThat(Listing.of(checkpoint)).isEqualTo(file.getValue());
                        assertThat(Listing.atOnce(checkpoint)).isEqualTo(file.getValue());
                    }
                }))
                .toList();
    }

    @Test
    void whatIsWrittenInAnotherFormIsTold() throws IOException {
        try (Checkpoint checkpoint = Listing.open(FILES.resolve("refuse-quantized-kinds.pt"), WIDE)) {
            assertThat(checkpoint.report().widened())
                    .containsEntry("channels", "qint8 to I8 with _scale and _zero_point beside it")
                    .hasSize(5);
        }
        try (Checkpoint checkpoint = Listing.open(FILES.resolve("refuse-complex128.pt"), WIDE)) {
            assertThat(checkpoint.report().widened()).containsExactly(Map.entry("a", "complex128 to C64"));
        }
    }

    @Test
    void allOfThemAreListedWithTheOptionsThatHelp() {
        assertThatThrownBy(() -> Listing.open(FILES.resolve("refuse-quantized-kinds.pt")))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED))
                .hasMessageEndingWith("5 tensors cannot be written: 'i8' (is quantized), 'u8' (is quantized), "
                        + "'i32' (is quantized), 'channels' (is quantized), 'floats' (is quantized); "
                        + "--exclude GLOB leaves them out, --widen writes them in another form");
        assertThatThrownBy(() -> Listing.open(FILES.resolve("refuse-complex128.pt")))
                .hasMessageEndingWith("tensor 'a' is of dtype torch.complex128, for which safetensors has no form; "
                        + "--exclude 'a' leaves it out, --widen writes it in another form");
    }

    @Test
    void whatHasNoOtherFormIsRefusedStill() {
        assertThatThrownBy(() -> Listing.open(FILES.resolve("refuse-sparse-coo.pt"), WIDE))
                .hasMessageEndingWith(
                        "tensor 'a' is sparse, for which safetensors has no form; --exclude 'a' leaves it out");
    }
}
