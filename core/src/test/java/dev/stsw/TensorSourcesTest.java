package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorSourcesTest {
    /// A writer asks for it with each tensor.
    @Test
    void theListOfTensorsIsMadeOnce(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("model.safetensors");
        Stsw.dump(Models.small(1), file);
        TensorSource map = Tensors.source(Models.small(2));
        try (StreamReader reader = StreamReader.open(file);
                LegacySource legacy = LegacySource.open(file)) {
            TensorSource other = TensorSources.rename(map, name -> "other." + name);
            for (TensorSource source : List.of(
                    map,
                    reader.asSource(),
                    legacy,
                    other,
                    TensorSources.concat(List.of(map, other)),
                    TensorSources.cast(map, DType.BF16),
                    TensorSources.select(map, name -> true),
                    TensorSources.inReferenceOrder(map),
                    TensorSources.withMetadata(map, Optional.empty()))) {
                assertThat(source.tensors()).isNotEmpty().isSameAs(source.tensors());
                assertThatThrownBy(() -> source.tensors().removeLast())
                        .isInstanceOf(UnsupportedOperationException.class);
            }
        }
    }

    @TempDir
    Path folder;

    private Map<String, Tensor> written(TensorSource source) throws IOException {
        // What is loaded keeps its file, which Windows does not replace then.
        Path file = folder.resolve("out" + Models.namesIn(folder).size() + ".safetensors");
        Stsw.write(source, file, WriteOptions.defaults().withBufferSize(4096));
        return Stsw.load(file);
    }

    private static TensorSource withMetadata(Map<String, Tensor> tensors, Map<String, String> metadata) {
        return new MapSource(tensors, Optional.of(metadata));
    }

    @Test
    void writeKeepsTheSourcesOrder() throws IOException {
        assertThat(written(Tensors.source(Models.small(1)))).containsOnlyKeys("weight", "bias");
        assertThat(written(Tensors.source(Models.small(1))).keySet()).containsExactly("weight", "bias");
        assertThat(written(TensorSources.inReferenceOrder(Tensors.source(Models.small(1))))
                        .keySet())
                .containsExactly("bias", "weight");
    }

    @Test
    void orderedSortsByAnything() throws IOException {
        TensorSource source = Tensors.source(Models.small(1));
        Map<String, Tensor> sorted = written(TensorSources.ordered(source, Comparator.comparing(TensorSpec::name)));
        assertThat(sorted.keySet()).containsExactly("bias", "weight");
        assertThat(sorted.get("weight").toFloatArray())
                .isEqualTo(Models.small(1).get("weight").toFloatArray());
    }

    @Test
    void selectTakesWhatPasses() throws IOException {
        TensorSource selected = TensorSources.select(Tensors.source(Models.small(1)), "bias"::equals);
        assertThat(written(selected)).containsOnlyKeys("bias");
        assertThatThrownBy(() -> selected.open("weight"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("'weight'");
    }

    @Test
    void renameKeepsTheBytesAndRefusesCollisions() throws IOException {
        Map<String, Tensor> renamed =
                written(TensorSources.rename(Tensors.source(Models.small(1)), name -> "model." + name));
        assertThat(renamed.keySet()).containsExactly("model.weight", "model.bias");
        assertThat(renamed.get("model.bias").toLongArray())
                .isEqualTo(Models.small(1).get("bias").toLongArray());
        Map<String, Tensor> twins = new LinkedHashMap<>();
        twins.put("a", Tensor.of(new float[1]));
        twins.put("b", Tensor.of(new float[1]));
        assertThatThrownBy(() -> TensorSources.rename(Tensors.source(twins), name -> "same"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensors 'a' and 'b' would both be named 'same'");
    }

    @Test
    void castRoundsFloatsAndLeavesTheRest() throws IOException {
        SplittableRandom dice = new SplittableRandom(2);
        float[] values = new float[50_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(dice.nextInt());
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("f32", Tensor.of(values));
        tensors.put("f16", Tensor.of(DType.F16, new float[] {1.5f, -2}));
        tensors.put("f64", Tensor.of(new double[] {Math.PI}));
        tensors.put("bf16", Tensor.of(DType.BF16, new float[] {3}));
        tensors.put("i64", Tensor.of(new long[] {5}));
        tensors.put("empty", Tensor.of(new float[0]));
        for (DType target : List.of(DType.BF16, DType.F16, DType.F32, DType.F64, DType.F8_E4M3)) {
            Path file = folder.resolve(target + ".safetensors");
            Stsw.write(
                    TensorSources.cast(Tensors.source(tensors), target),
                    file,
                    WriteOptions.defaults().withBufferSize(4096));
            // Not loaded: that would keep so large a file, which Windows does not delete then.
            try (StreamReader cast = StreamReader.open(file)) {
                assertThat(cast.meta("i64").dtype()).isEqualTo(DType.I64);
                for (String name : List.of("f32", "f16", "f64", "bf16", "empty")) {
                    assertThat(cast.meta(name).dtype()).isEqualTo(target);
                    assertThat(cast.tensor(name).toByteArray())
                            .as("%s to %s", name, target)
                            .isEqualTo(exact(tensors.get(name), target));
                }
            }
        }
    }

    private static byte[] exact(Tensor tensor, DType target) {
        // F64 has more than floats can carry; as it is, it stays.
        return tensor.dtype() == target
                ? tensor.toByteArray()
                : Tensor.of(target, tensor.toFloatArray()).toByteArray();
    }

    @Test
    void castRefusesWhatIsNoFloatingPointType() {
        TensorSource source = Tensors.source(Models.small(1));
        for (DType dtype : List.of(DType.I32, DType.BOOL, DType.C64, DType.F4, DType.F6_E2M3)) {
            assertThatThrownBy(() -> TensorSources.cast(source, dtype))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(dtype.name());
        }
    }

    @Test
    void castReadsThroughSmallAndOddBuffers() throws IOException {
        float[] values = new float[20_000];
        java.util.Arrays.fill(values, 1.5f);
        TensorSource cast = TensorSources.cast(Tensors.source(Map.of("a", Tensor.of(values))), DType.BF16);
        try (ReadableByteChannel bytes = cast.open("a")) {
            ByteBuffer odd = ByteBuffer.allocate(333);
            int total = 0;
            for (int count; (count = bytes.read(odd.clear())) >= 0; ) {
                for (int i = 0; i < count; i++) {
                    assertThat(odd.get(i)).isEqualTo((byte) ((total + i) % 2 == 0 ? 0xc0 : 0x3f));
                }
                total += count;
            }
            assertThat(total).isEqualTo(40_000);
        }
    }

    @Test
    void concatJoinsTensorsAndMetadata() throws IOException {
        TensorSource one = withMetadata(Map.of("a", Tensor.of(new float[] {1})), Map.of("format", "pt", "x", "1"));
        TensorSource two = withMetadata(Map.of("b", Tensor.of(new float[] {2})), Map.of("format", "pt", "y", "2"));
        TensorSource joined = TensorSources.concat(List.of(one, two));
        assertThat(joined.metadata()).hasValue(Map.of("format", "pt", "x", "1", "y", "2"));
        assertThat(written(joined).get("b").getFloat(0)).isEqualTo(2);
        assertThatThrownBy(() -> TensorSources.concat(List.of(one, two, one)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sources 0 and 2 (counted from 0) both have a tensor 'a'");
        assertThat(TensorSources.concat(List.of()).metadata()).isEmpty();
    }

    @Test
    void contradictingMetadataIsAnErrorUnlessTheWriterHasItsOwn() throws IOException {
        TensorSource joined = TensorSources.concat(List.of(
                withMetadata(Map.of(), Map.of("format", "pt")), withMetadata(Map.of(), Map.of("format", "np"))));
        Path file = folder.resolve("out.safetensors");
        assertThatThrownBy(() -> Stsw.write(joined, file, WriteOptions.defaults()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'format': 'pt' and 'np'");
        Stsw.write(joined, file, WriteOptions.defaults().withMetadata(Map.of("format", "pt")));
        assertThat(file).exists();
    }

    @Test
    void closingADerivedSourceClosesAllBeneathAndReportsEveryFailure() {
        List<String> closed = new ArrayList<>();
        TensorSource joined = TensorSources.select(
                TensorSources.concat(List.of(failing("a", closed), failing("b", closed))), name -> true);
        assertThatThrownBy(joined::close)
                .isInstanceOf(IOException.class)
                .hasMessage("a")
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().hasToString("java.io.IOException: b"));
        assertThat(closed).containsExactly("a", "b");
    }

    private static TensorSource failing(String name, List<String> closed) {
        return new TensorSource() {
            @Override
            public List<TensorSpec> tensors() {
                return List.of();
            }

            @Override
            public Optional<Map<String, String>> metadata() {
                return Optional.empty();
            }

            @Override
            public ReadableByteChannel open(String tensor) {
                throw new NoSuchElementException(tensor);
            }

            @Override
            public void close() throws IOException {
                closed.add(name);
                throw new IOException(name);
            }
        };
    }

    @Test
    void aSourceThatEndsEarlyIsReportedAndLeavesNothing() throws IOException {
        TensorSource honest = Tensors.source(Map.of("a", Tensor.of(new float[3])));
        TensorSource lying = TensorSources.part(honest, List.of(TensorSpec.of("a", DType.F32, 4)));
        assertThatThrownBy(() -> written(lying))
                .isInstanceOf(java.io.EOFException.class)
                .hasMessageContaining("tensor 'a': the source ended after 12 of 16 bytes");
        assertThat(Models.namesIn(folder)).isEmpty();
    }
}
