package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardWriterTest {
    @TempDir
    private Path folder;

    private static TensorSource source(int... sizes) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < sizes.length; i++) {
            tensors.put("t" + i, Tensor.of(new byte[sizes[i]], sizes[i]));
        }
        return TensorSources.withMetadata(TensorSources.of(tensors), Optional.of(Map.of("format", "pt")));
    }

    private static List<List<String>> plan(long limit, int... sizes) {
        return ShardWriter.plan(source(sizes).tensors(), limit).stream()
                .map(part -> part.stream().map(TensorSpec::name).toList())
                .toList();
    }

    @Test
    void filesAreFilledInOrderAndNoneIsEmpty() {
        assertThat(plan(10, 4, 6, 1)).containsExactly(List.of("t0", "t1"), List.of("t2"));
        assertThat(plan(10, 11, 1)).containsExactly(List.of("t0"), List.of("t1"));
        assertThat(plan(10, 5, 11, 5, 5)).containsExactly(List.of("t0"), List.of("t1"), List.of("t2", "t3"));
        assertThat(plan(10, 0, 11, 0)).containsExactly(List.of("t0"), List.of("t1"), List.of("t2"));
        assertThat(plan(10)).containsExactly(List.of());
        assertThatThrownBy(() -> plan(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFileEndsBeforeItsHeaderWouldBeTooLong() {
        List<TensorSpec> tensors = new ArrayList<>();
        for (int i = 0; i < 26; i++) {
            tensors.add(TensorSpec.of("\u20ac".repeat(1_000_000) + (char) ('a' + i), DType.U8, 1)); // 3 bytes each
        }
        List<List<TensorSpec>> parts = ShardWriter.plan(tensors, Long.MAX_VALUE);
        assertThat(parts).hasSize(1);
        for (int i = 0; i < 26; i++) {
            tensors.add(TensorSpec.of("\u20ac".repeat(1_000_000) + (char) ('A' + i), DType.U8, 1));
        }
        parts = ShardWriter.plan(tensors, Long.MAX_VALUE);
        assertThat(parts).hasSize(2);
        for (List<TensorSpec> part : parts) {
            assertThat(Header.of(part, Map.of("format", "pt"), 8, true).dataSize())
                    .isEqualTo(part.size());
        }
    }

    @Test
    void shardsAndTheirIndexMakeOneModel() throws IOException {
        List<Long> progress = new ArrayList<>();
        List<Path> files = Stsw.writeShards(
                source(4, 6, 7),
                folder.resolve("new"),
                "model",
                10,
                WriteOptions.defaults().withCrc32(true).withProgress((done, total) -> {
                    assertThat(total).isEqualTo(17);
                    progress.add(done);
                }));
        assertThat(files)
                .extracting(file -> file.getFileName().toString())
                .containsExactly(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
        assertThat(progress).isSorted().endsWith(17L);
        ShardIndex index = ShardIndex.parse(Files.readAllBytes(files.get(2)));
        assertThat(index.totalSize()).isEqualTo(OptionalLong.of(17));
        assertThat(index.files()).hasSize(3).containsEntry("t2", "model-00002-of-00002.safetensors");
        assertThat(Stsw.verify(files.get(0)).ok()).isTrue();
        assertThat(Stsw.header(files.get(1)).metadata()).contains(Map.of("format", "pt"));
    }

    @Test
    void oneFileNeedsNoIndex() throws IOException {
        assertThat(Stsw.writeShards(source(4, 6), folder, "model", 10, WriteOptions.defaults()))
                .containsExactly(folder.resolve("model.safetensors"));
    }

    @Test
    void aModelThatIsThereIsNotMixedWithANewOne() throws IOException {
        Path old = Files.writeString(folder.resolve("model-00004-of-00005.safetensors"), "old");
        assertThatThrownBy(() -> Stsw.writeShards(source(4, 6), folder, "model", 5, WriteOptions.defaults()))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining(old.toString());
        assertThat(folder).isDirectoryContaining(file -> file.equals(old));
        Stsw.writeShards(source(4, 6), folder, "other", 5, WriteOptions.defaults());
        assertThat(old).hasContent("old");
    }

    @Test
    void afterAFailureNothingIsLeft() {
        TensorSource good = source(4, 6, 7);
        TensorSource failing = new TensorSource() {
            @Override
            public List<TensorSpec> tensors() {
                return List.of(good.tensors().get(0), TensorSpec.of("bad", DType.U8, 9));
            }

            @Override
            public Optional<Map<String, String>> metadata() {
                return Optional.empty();
            }

            @Override
            public ReadableByteChannel open(String name) throws IOException {
                return good.open(name.equals("bad") ? "t1" : name); // Too short.
            }

            @Override
            public void close() {}
        };
        Path target = folder.resolve("new");
        assertThatThrownBy(() -> Stsw.writeShards(failing, target, "model", 5, WriteOptions.defaults()))
                .isInstanceOf(IOException.class);
        assertThat(target).doesNotExist();
    }
}
