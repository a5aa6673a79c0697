package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sources that a caller makes of others: mapped, replaced, computed.
class OwnSourcesTest {
    @TempDir
    Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void write() throws IOException {
        in = folder.resolve("in.safetensors");
        out = folder.resolve("out.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        tensors.put("b", Tensor.of(new float[] {5, 6}));
        Stsw.dump(tensors, in, WriteOptions.defaults().withCrc32(true).withMetadata(Map.of("k", "v")));
    }

    private Map<String, Tensor> written(TensorSource source) throws IOException {
        Stsw.write(source, out, WriteOptions.defaults());
        return Stsw.load(out);
    }

    @Test
    void mappedTensorsMayHaveAnotherDtypeShapeAndName() throws IOException {
        try (StreamReader reader = StreamReader.open(in)) {
            List<TensorSpec> asked = new ArrayList<>();
            TensorSource mapped = Tensors.map(
                    reader.asSource(),
                    "a"::equals,
                    tensor -> TensorSpec.of("a.t", DType.BF16, 4),
                    (original, tensor) -> {
                        asked.add(original);
                        return Tensor.of(DType.BF16, tensor.transpose().toFloatArray());
                    });
            assertThat(mapped.tensors()).extracting(TensorSpec::name).containsExactly("a.t", "b");
            Map<String, Tensor> tensors = written(mapped);
            assertThat(asked).containsExactly(TensorSpec.of("a", DType.F32, 2, 2));
            assertThat(tensors.get("a.t").toFloatArray()).containsExactly(1, 3, 2, 4);
            assertThat(tensors.get("b").toFloatArray()).containsExactly(5, 6);
        }
        try (StreamReader reader = StreamReader.open(out)) {
            assertThat(reader.metadata()).containsEntry("k", "v");
        }
    }

    @Test
    void whatIsMadeMayBeAViewOfWhatWasGiven() throws IOException {
        try (StreamReader reader = StreamReader.open(in)) {
            for (int workers : new int[] {1, 2}) {
                TensorSource flipped =
                        Tensors.map(reader.asSource(), spec -> spec, (original, tensor) -> tensor.slice("::-1"));
                Stsw.write(flipped, out, WriteOptions.defaults().withWorkers(workers));
                Map<String, Tensor> tensors = Stsw.load(out);
                assertThat(tensors.get("a").toFloatArray()).containsExactly(3, 4, 1, 2);
                assertThat(tensors.get("b").toFloatArray()).containsExactly(6, 5);
            }
        }
    }

    @Test
    void aMappingThatBreaksItsWordLeavesNothing() throws IOException {
        try (StreamReader reader = StreamReader.open(in)) {
            TensorSource mapped = Tensors.map(reader.asSource(), spec -> spec, (spec, tensor) -> tensor.select(0, 0));
            assertThatThrownBy(() -> written(mapped))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor 'a' was to become F32 [2, 2], but was made F32 [2]");
            assertThatThrownBy(() ->
                            Tensors.map(reader.asSource(), spec -> TensorSpec.of("x", DType.F32, 1), (spec, t) -> t))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("two tensors would be called 'x'");
        }
        assertThat(out).doesNotExist();
    }

    @Test
    void mappedTensorsAreCheckedAsOthersAre() throws IOException {
        byte[] bytes = Files.readAllBytes(in);
        bytes[bytes.length - 1] ^= 1;
        Files.write(in, bytes);
        try (StreamReader reader = StreamReader.open(in, ReadOptions.defaults().withVerifyCrc(true))) {
            TensorSource mapped = Tensors.map(reader.asSource(), spec -> spec, (spec, tensor) -> tensor);
            assertThatThrownBy(() -> written(mapped)).isInstanceOf(ChecksumException.class);
        }
    }

    @Test
    void replacementsTakeTheirPlaceAndOthersComeBehind() throws IOException {
        Map<String, Tensor> others = new LinkedHashMap<>();
        others.put("c", Tensor.of(new long[] {9}));
        others.put("a", Tensor.of(new int[] {7}));
        try (StreamReader reader = StreamReader.open(in)) {
            TensorSource replaced = Tensors.replace(reader.asSource(), others);
            assertThat(replaced.tensors()).extracting(TensorSpec::name).containsExactly("a", "b", "c");
            assertThat(replaced.metadata()).contains(Map.of("k", "v"));
            assertThat(replaced.concurrent()).isTrue();
            Map<String, Tensor> tensors = written(replaced);
            assertThat(tensors.get("a").toIntArray()).containsExactly(7);
            assertThat(tensors.get("b").toFloatArray()).containsExactly(5, 6);
            assertThat(tensors.get("c").toLongArray()).containsExactly(9);
            assertThatThrownBy(() -> replaced.open("d")).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void computedRowsAreRoundedAndWrittenInOrder() throws IOException {
        TensorSpec spec = TensorSpec.of("r", DType.BF16, 300, 3, 2);
        TensorSource rows = TensorSources.rows(spec, (row, values) -> {
            assertThat(values).hasSize(6);
            for (int i = 0; i < 6; i++) {
                values[i] = row + i;
            }
        });
        Tensor tensor = written(TensorSources.concat(List.of(
                        rows, Tensors.source(Map.of("x", Tensor.scalar(DType.I64, 1))))))
                .get("r");
        assertThat(tensor.getFloat(0, 2, 1)).isEqualTo(5);
        assertThat(tensor.getFloat(299, 0, 0)).isEqualTo(300); // as BF16 rounds 299
        assertThat(written(TensorSources.rows(TensorSpec.of("e", DType.F32, 0, 5), (row, values) -> {
                    throw new IOException("there is no row");
                })))
                .hasSize(1);
        assertThatThrownBy(() -> TensorSources.rows(TensorSpec.of("s", DType.F32), (row, values) -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TensorSources.rows(TensorSpec.of("s", DType.I64, 1), (row, values) -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> written(TensorSources.rows(spec, (row, values) -> {
                    throw new IOException("no row " + row);
                })))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no row 0");
    }
}
