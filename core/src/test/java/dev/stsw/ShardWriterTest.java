package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.ShardPlan;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardWriterTest {
    @TempDir
    private Path folder;

    private static TensorSource source(int... sizes) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < sizes.length; i++) {
            tensors.put("t" + i, Tensor.of(new byte[sizes[i]], sizes[i]));
        }
        return TensorSources.withMetadata(Tensors.source(tensors), Optional.of(Map.of("format", "pt")));
    }

    private static List<List<String>> plan(long limit, int... sizes) {
        return ShardPlan.of(source(sizes).tensors(), limit).stream()
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
        List<List<TensorSpec>> parts = ShardPlan.of(tensors, Long.MAX_VALUE);
        assertThat(parts).hasSize(1);
        for (int i = 0; i < 26; i++) {
            tensors.add(TensorSpec.of("\u20ac".repeat(1_000_000) + (char) ('A' + i), DType.U8, 1));
        }
        parts = ShardPlan.of(tensors, Long.MAX_VALUE);
        assertThat(parts).hasSize(2);
        for (List<TensorSpec> part : parts) {
            assertThat(Header.of(part, Map.of("format", "pt"), 8, true).dataSize())
                    .isEqualTo(part.size());
        }
    }

    @Test
    void namesOfAnyLettersArePlanned() {
        List<TensorSpec> tensors = List.of(TensorSpec.of("\u0001 \" \\ a \u00e9 \u6a21", DType.U8, 1));
        assertThat(ShardPlan.of(tensors, 1)).containsExactly(tensors);
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
    void namesInOtherLettersAreTheSameWhereTheFileSystemSaysSo() {
        for (String name : List.of("model.safetensors.index.json", "MODEL-00001-of-00002.SafeTensors")) {
            assertThat(ShardWriter.isOfModel(name, "Model", other -> true))
                    .as(name)
                    .isTrue();
            assertThat(ShardWriter.isOfModel(name, "Model", other -> false))
                    .as(name)
                    .isFalse();
        }
        ShardWriter.isOfModel("MODEL.SAFETENSORS.INDEX.JSON", "mod\u0435l", other -> {
            throw new AssertionError("another letter");
        });
        List<String> asked = new ArrayList<>();
        ShardWriter.isOfModel("model-00001-of-00002.SAFETENSORS", "Model", asked::add);
        assertThat(asked).containsExactly("Model-00001-of-00002.safetensors");
        assertThat(ShardWriter.isOfModel("Model.safetensors", "Model", other -> false))
                .isTrue();
        assertThat(ShardWriter.isOfModel("Model-extra.safetensors", "Model", other -> true))
                .isFalse();
    }

    private static final WriteOptions RESUME =
            WriteOptions.defaults().withCrc32(true).withResume(true);

    /// Two writers of one model, as when a scheduler starts a job again that still runs.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSecondWriterOfAModelIsRefusedAndTheFirstOnesFilesStay(boolean resume) throws Exception {
        WriteOptions options = resume ? RESUME : WriteOptions.defaults();
        Process child = ChildJvm.start("022", WriteShardsSlowlyMain.class, folder.toString());
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("writing");
            List<String> before = Models.namesIn(folder);
            assertThat(before).contains("model-00001-of-00002.safetensors");
            assertThatThrownBy(() -> Stsw.writeShards(source(4, 6), folder, "model", 6, options))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("another writer");
            assertThat(Models.namesIn(folder)).isEqualTo(before);
            Stsw.writeShards(source(4, 6), folder, "other", 100, options);
            child.outputWriter().append("go\n").flush();
            assertThat(child.waitFor()).isZero();
        } finally {
            child.destroyForcibly();
        }
        assertThat(Models.namesIn(folder))
                .containsExactly(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "other.safetensors");
    }

    static final class WriteShardsSlowlyMain {
        public static void main(String[] args) throws IOException {
            TensorSource slow = new Watched(source(4, 6), name -> {
                if (name.equals("t1")) {
                    System.out.println("writing");
                    if (System.in.read() < 0) {
                        throw new IOException("the parent is gone");
                    }
                }
            });
            Stsw.writeShards(slow, Path.of(args[0]), "model", 6, WriteOptions.defaults());
        }
    }

    static final class DieInTheSecondShardMain {
        public static void main(String[] args) throws IOException {
            TensorSource dying = new Watched(source(4, 6, 7), name -> {
                if (name.equals(args[1])) {
                    Runtime.getRuntime().halt(3);
                }
            });
            Stsw.writeShards(
                    dying, Path.of(args[0]), "model", 6, args[2].equals("resume") ? RESUME : WriteOptions.defaults());
            Runtime.getRuntime().halt(4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"t0", "t1", "t2", "none"})
    void aKilledWriteIsResumedFileByFile(String last) throws Exception {
        Path sharded = folder.resolve("sharded");
        ChildJvm.Result died = ChildJvm.run("022", DieInTheSecondShardMain.class, sharded.toString(), last, "resume");
        assertThat(died.exit()).as(died.output()).isBetween(3, 4);
        int whole = last.equals("none") ? 3 : last.charAt(1) - '0';
        List<String> asked = new ArrayList<>();
        List<Path> files = Stsw.writeShards(new Watched(source(4, 6, 7), asked::add), sharded, "model", 6, RESUME);
        assertThat(asked).containsExactlyElementsOf(List.of("t0", "t1", "t2").subList(whole, 3));
        Path fresh = folder.resolve("fresh");
        List<Path> expected = Stsw.writeShards(source(4, 6, 7), fresh, "model", 6, RESUME);
        assertThat(files).hasSameSizeAs(expected);
        for (Path file : expected) {
            assertThat(sharded.resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
        assertThat(Models.namesIn(sharded)).isEqualTo(Models.namesIn(fresh));
    }

    @Test
    void whatAKilledWriterLeftIsNoMysteryToTheNextOne() throws Exception {
        ChildJvm.Result died = ChildJvm.run("022", DieInTheSecondShardMain.class, folder.toString(), "t1", "whole");
        assertThat(died.exit()).as(died.output()).isEqualTo(3);
        assertThatThrownBy(() -> Stsw.writeShards(source(4, 6, 7), folder, "model", 6, WriteOptions.defaults()))
                .isInstanceOf(FileAlreadyExistsException.class);
        Files.delete(folder.resolve("model-00001-of-00003.safetensors"));
        Files.writeString(folder.resolve(".model.safetensors.index.json.stsw-partial"), "x".repeat(1000));
        List<Path> files = Stsw.writeShards(source(4, 6, 7), folder, "model", 6, WriteOptions.defaults());
        assertThat(ShardIndex.parse(Files.readAllBytes(files.getLast())).files())
                .hasSize(3);
        assertThat(Models.namesIn(folder)).hasSize(4);
    }

    @Test
    void onlyFilesOfTheSameWriteAreResumed() throws IOException {
        List<Path> files = Stsw.writeShards(source(4, 6, 7), folder, "model", 6, RESUME);
        List<String> asked = new ArrayList<>();
        TensorSource again = new Watched(source(4, 6, 7), asked::add);
        // A damaged file is written anew.
        byte[] bytes = Files.readAllBytes(files.get(1));
        byte[] damaged = bytes.clone();
        damaged[damaged.length - 1] ^= 1;
        Files.write(files.get(1), damaged);
        Stsw.writeShards(again, folder, "model", 6, RESUME);
        assertThat(asked).containsExactly("t1");
        assertThat(files.get(1)).hasBinaryContent(bytes);
        // As is one of another alignment.
        asked.clear();
        Stsw.writeShards(again, folder, "model", 6, RESUME.withAlignment(4096));
        assertThat(asked).hasSize(3);
        List<String> before = Models.namesIn(folder);
        for (TensorSource other : List.of(
                source(4, 6, 8), TensorSources.withMetadata(source(4, 6, 7), Optional.of(Map.of("format", "np"))))) {
            assertThatThrownBy(() -> Stsw.writeShards(other, folder, "model", 6, RESUME))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessageContaining("of another model");
        }
        assertThatThrownBy(() -> Stsw.writeShards(again, folder, "model", 100, RESUME))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Stsw.writeShards(again, folder, "model", 10, RESUME))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Models.namesIn(folder)).isEqualTo(before);
        Files.delete(files.getLast());
        for (TensorSource other : List.of(
                source(5, 6, 7), TensorSources.withMetadata(source(4, 6, 7), Optional.of(Map.of("format", "np"))))) {
            assertThatThrownBy(() -> Stsw.writeShards(other, folder, "model", 6, RESUME))
                    .as("without the index, too")
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessageContaining("model-00001-of-00003.safetensors");
        }
        before = Models.namesIn(folder);
        Files.writeString(files.get(0), "something else");
        assertThatThrownBy(() -> Stsw.writeShards(again, folder, "model", 6, RESUME))
                .isInstanceOf(FileAlreadyExistsException.class);
        Stsw.write(source(4), files.get(0), WriteOptions.defaults());
        assertThatThrownBy(() -> Stsw.writeShards(again, folder, "model", 6, RESUME))
                .as("without checksums")
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Models.namesIn(folder)).isEqualTo(before);
    }

    @Test
    void oneFileWithoutMetadataIsResumedToo() throws IOException {
        TensorSource plain = TensorSources.withMetadata(source(4, 6), Optional.empty());
        Stsw.writeShards(plain, folder, "model", 10, RESUME);
        List<String> asked = new ArrayList<>();
        assertThat(Stsw.writeShards(new Watched(plain, asked::add), folder, "model", 10, RESUME))
                .containsExactly(folder.resolve("model.safetensors"));
        assertThat(asked).isEmpty();
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void afterAFailureAWriteThatCanBeResumedKeepsItsFiles() throws IOException {
        TensorSource failing = new Watched(source(4, 6, 7), name -> {
            if (name.equals("t2")) {
                throw new IOException("no more");
            }
        });
        Path target = folder.resolve("new/er");
        assertThatThrownBy(() -> Stsw.writeShards(failing, target, "model", 6, RESUME))
                .hasMessage("no more");
        assertThat(Models.namesIn(target))
                .containsExactly(
                        ".model-00003-of-00003.safetensors.stsw-partial",
                        "model-00001-of-00003.safetensors",
                        "model-00002-of-00003.safetensors");
        assertThat(Stsw.writeShards(source(4, 6, 7), target, "model", 6, RESUME))
                .hasSize(4);
    }

    /// A folder that is someone else's too, and files that someone else has put there since.
    @Test
    void afterAFailureOnlyOurOwnFilesAreRemoved() throws IOException {
        Path target = folder.resolve("new");
        TensorSource failing = new Watched(source(4, 6, 7), name -> {
            if (name.equals("t2")) {
                Path first = target.resolve("model-00001-of-00003.safetensors");
                Files.move(first, target.resolve("kept"));
                Files.writeString(first, "theirs");
                Files.delete(target.resolve("model-00002-of-00003.safetensors"));
                throw new IOException("no more");
            }
        });
        assertThatThrownBy(() -> Stsw.writeShards(failing, target, "model", 6, WriteOptions.defaults()))
                .hasMessage("no more")
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(NoSuchFileException.class));
        assertThat(Models.namesIn(target)).containsExactly("kept", "model-00001-of-00003.safetensors");
        assertThat(target.resolve("model-00001-of-00003.safetensors")).hasContent("theirs");
    }

    @Test
    void aFolderThatIsAFileIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        assertThatThrownBy(() -> Stsw.writeShards(source(1), file, "model", 6, WriteOptions.defaults()))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("text");
    }

    /// A source that tells which tensor is asked for.
    private record Watched(TensorSource source, Watcher watcher) implements TensorSource {
        interface Watcher {
            void opened(String name) throws IOException;
        }

        @Override
        public List<TensorSpec> tensors() {
            return source.tensors();
        }

        @Override
        public Optional<Map<String, String>> metadata() {
            return source.metadata();
        }

        @Override
        public ReadableByteChannel open(String name) throws IOException {
            watcher.opened(name);
            return source.open(name);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
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
