package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.HeaderException;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path folder;

    /// Three files of two tensors each, and their index.
    @BeforeEach
    void writeAModel() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 6; i++) {
            tensors.put("t" + (5 - i), Tensor.of(new float[] {i, i + 1}));
        }
        WriteOptions options = WriteOptions.defaults().withCrc32(true).withMetadata(Map.of("format", "pt"));
        Stsw.writeShards(Tensors.source(tensors), folder, "model", 16, options);
    }

    private Path shard(int number) {
        return folder.resolve("model-0000" + number + "-of-00003.safetensors");
    }

    @Test
    void aFolderAndItsIndexAreOneReader() throws IOException {
        for (Path path : List.of(folder, folder.resolve(INDEX))) {
            try (Model model = Model.open(path)) {
                assertThat(model.keys()).containsExactly("t0", "t1", "t2", "t3", "t4", "t5");
                assertThat(model.size()).isEqualTo(6);
                assertThat(model.files()).containsExactly(shard(1), shard(2), shard(3));
                assertThat(model.fileOf("t0")).isEqualTo(shard(3));
                assertThat(model.tensor("t0").toFloatArray()).containsExactly(5, 6);
                assertThat(model.getSlice("t5").byteSize()).isEqualTo(8);
                assertThat(model.meta("t4").offsetBegin()).isEqualTo(8);
                assertThat(model).extracting(TensorMeta::name).isEqualTo(model.keys());
                assertThat(model.metadata()).containsExactly(Map.entry("format", "pt"));
                assertThat(model.verify()).hasSize(3).allMatch(each -> each.ok());
                assertThat(model).hasToString("model of 3 files, 6 tensors: " + path);
                assertThatThrownBy(() -> model.tensor("x"))
                        .isInstanceOf(NoSuchElementException.class)
                        .hasMessageContaining("no tensor 'x'");
            }
        }
    }

    @Test
    void withoutAnIndexTheNamesOfTheFilesWillDo() throws IOException {
        Files.delete(folder.resolve(INDEX));
        try (Model model = Model.open(folder)) {
            assertThat(model.keys()).containsExactly("t5", "t4", "t3", "t2", "t1", "t0");
            assertThat(model.fileOf("t2")).isEqualTo(shard(2));
        }
    }

    @Test
    void aFileAloneIsAModelUnlessItsNamePromisesMore() throws IOException {
        Path single = folder.resolve("single.safetensors");
        Files.copy(shard(2), single);
        try (Model model = Model.open(single)) {
            assertThat(model.keys()).containsExactly("t3", "t2");
        }
        try (Model model = Model.open(shard(2))) {
            assertThat(model.keys()).containsExactly("t3", "t2");
        }
        Files.delete(shard(1));
        assertThatThrownBy(() -> Model.open(shard(2)))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining(shard(2).toString())
                .hasMessageContaining("its shard model-00001-of-00003.safetensors is missing");
    }

    @Test
    void missingShardsAreAllNamedWhenItIsOpened() throws IOException {
        Files.delete(shard(1));
        Files.delete(shard(3));
        assertThatThrownBy(() -> Model.open(folder))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("model-00001-of-00003.safetensors is missing")
                .hasMessageContaining("model-00003-of-00003.safetensors is missing");
    }

    @Test
    void byAnIndexAFileIsOpenedWhenATensorInItIsAskedFor() throws IOException {
        Files.writeString(shard(2), "no tensors at all");
        try (Model model = Model.open(folder)) {
            assertThat(model.tensor("t0").getFloat(0)).isEqualTo(5);
            assertThat(model.fileOf("t2")).isEqualTo(shard(2));
            for (Callable<?> use : List.<Callable<?>>of(() -> model.tensor("t2"), model::asSource, model::metadata)) {
                assertThatThrownBy(use::call)
                        .isInstanceOf(HeaderException.class)
                        .hasMessageContaining(shard(2).toString());
            }
        }
    }

    @Test
    void aTensorThatItsShardLacksIsAFaultOfThatShard() throws IOException {
        Path index = folder.resolve(INDEX);
        Files.writeString(index, Files.readString(index).replace("\"t1\"", "\"t9\""));
        try (Model model = Model.open(folder)) {
            assertThatThrownBy(() -> model.tensor("t9"))
                    .isInstanceOf(HeaderException.class)
                    .hasMessageContaining(shard(3).toString())
                    .hasMessageContaining("tensor 't9' is not in this shard");
            assertThat(model.tensor("t3").getFloat(0)).isEqualTo(2);
        }
    }

    @Test
    void withoutAnIndexATensorInTwoFilesIsNoModel() throws IOException {
        Files.delete(folder.resolve(INDEX));
        Files.copy(shard(1), shard(2), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> Model.open(folder))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("tensor 't5' is in two files")
                .hasMessageContaining("no index says which one counts");
    }

    @Test
    void folderWithoutAModelOrWithTwoAreRefused() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> Model.open(empty))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("without a model");
        Files.copy(shard(1), empty.resolve("a.safetensors"));
        Files.copy(shard(2), empty.resolve("b.safetensors"));
        assertThatThrownBy(() -> Model.open(empty))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("more than one model");
    }

    @Test
    void ofPyTorchsFilesItSaysWhatTheyAre() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.write(other.resolve("pytorch_model.bin"), new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0});
        assertThatThrownBy(() -> Model.open(other))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("pytorch_model.bin")
                .hasMessageContaining("zip");
    }

    @Test
    void checksumsAreCheckedAsInOneFile() throws IOException {
        try (FileChannel channel = FileChannel.open(shard(2), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {42}), channel.size() - 1);
        }
        try (Model model = Model.open(folder, ReadOptions.defaults().withVerifyCrc(true))) {
            assertThat(model.tensor("t3").getFloat(0)).isEqualTo(2);
            assertThatThrownBy(() -> model.tensor("t2"))
                    .isInstanceOf(ChecksumException.class)
                    .hasMessageContaining(shard(2).toString());
            assertThat(model.verify()).extracting(each -> each.ok()).containsExactly(true, false, true);
        }
    }

    @Test
    void asASourceItIsWrittenAsOneFile() throws IOException {
        Path one = folder.resolve("one.safetensors");
        try (Model model = Model.open(folder)) {
            TensorSource source = model.asSource();
            assertThat(source.tensors())
                    .extracting(TensorSpec::name)
                    .containsExactly("t5", "t4", "t3", "t2", "t1", "t0");
            assertThat(source.concurrent()).isTrue();
            Stsw.write(source, one, WriteOptions.defaults());
        }
        try (StreamReader reader = StreamReader.open(one)) {
            assertThat(reader.metadata()).containsEntry("format", "pt");
            assertThat(reader.tensor("t0").toFloatArray()).containsExactly(5, 6);
        }
    }

    @Test
    void ofATensorInTwoFilesTheIndexTakesOne() throws IOException {
        Files.copy(shard(1), folder.resolve("twice.safetensors"));
        Path index = folder.resolve(INDEX);
        Files.writeString(
                index,
                Files.readString(index)
                        .replace("\"t5\": \"model-00001-of-00003", "\"t5\": \"twice")
                        .replace("twice-00001-of-00003", "twice"));
        try (Model model = Model.open(index)) {
            assertThat(model.fileOf("t5")).isEqualTo(folder.resolve("twice.safetensors"));
            assertThat(model.asSource().tensors())
                    .extracting(TensorSpec::name)
                    .doesNotHaveDuplicates()
                    .hasSize(6);
        }
    }

    @Test
    void manyThreadsOpenEachFileOnce() throws Exception {
        try (Model model = Model.open(folder);
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Float>> values = new java.util.ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String name = "t" + i % 6;
                values.add(threads.submit(() -> model.tensor(name).getFloat(0)));
            }
            for (int i = 0; i < values.size(); i++) {
                assertThat(values.get(i).get()).isEqualTo(5 - i % 6);
            }
        }
    }

    @Test
    void whatAClosedModelHandedOutIsGone() throws IOException {
        Model model = Model.open(folder);
        Tensor tensor = model.tensor("t0");
        model.close();
        model.close();
        assertThatThrownBy(() -> tensor.getFloat(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("tensor 't0' of " + shard(3))
                .hasMessageContaining("closed");
        for (Callable<?> use : List.<Callable<?>>of(
                () -> model.tensor("t0"), () -> model.tensor("t5"), model::asSource, model::metadata)) {
            assertThatThrownBy(use::call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the model is closed");
        }
    }
}
