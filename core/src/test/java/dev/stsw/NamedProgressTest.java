package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedProgressTest {
    private static final int[] SIZES = {0, 5, 3_000_000, 0, 0, 7, 0};
    private static final List<String> NAMES = List.of("t0", "t1", "t2", "t3", "t4", "t5", "t6");

    @TempDir
    Path folder;

    /// Names, each before the bytes that are counted with it.
    private static final class Heard implements ProgressListener {
        private final List<String> names = new ArrayList<>();
        private long counted;

        @Override
        public void progress(long done, long total) {
            assertThat(names).as("a name before bytes").isNotEmpty();
            counted = done;
        }

        @Override
        public void tensor(String name) {
            if (name.equals("t5")) {
                assertThat(counted).isGreaterThan(0);
            }
            names.add(name);
        }
    }

    private static Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int size : SIZES) {
            tensors.put("t" + tensors.size(), Tensor.of(new byte[size], size));
        }
        return tensors;
    }

    private static WriteOptions options(Heard heard) {
        return WriteOptions.defaults().withCrc32(true).withBufferSize(4096).withProgress(heard);
    }

    @Test
    void writersAndVerificationTellEachTensorOnce() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Heard written = new Heard();
        Stsw.dump(tensors(), file, options(written));
        assertThat(written.names).isEqualTo(NAMES);
        Heard byWorkers = new Heard();
        Stsw.dump(tensors(), file, options(byWorkers).withWorkers(2));
        assertThat(byWorkers.names).isEqualTo(NAMES);
        Heard verified = new Heard();
        Stsw.verify(file, verified);
        assertThat(verified.names).isEqualTo(NAMES);
    }

    @Test
    void shardsTellTheirTensorsInTurn() throws IOException {
        Heard heard = new Heard();
        Stsw.writeShards(Tensors.source(tensors()), folder, "model", 3_000_000, options(heard));
        assertThat(heard.names).isEqualTo(NAMES);
    }

    @Test
    void aResumedWriteTellsWhatItReadsAgain() throws IOException {
        Path file = folder.resolve("resumed");
        List<TensorSpec> two = List.of(TensorSpec.of("a", DType.U8, 5000), TensorSpec.of("b", DType.U8, 5000));
        WriteOptions options = options(new Heard()).withResume(true);
        try (StreamWriter writer = StreamWriter.open(file, two, options)) {
            writer.writeBlock("a", new byte[5000]);
            writer.finalizeTensor("a");
            writer.abort();
        }
        Heard heard = new Heard();
        try (StreamWriter writer = StreamWriter.open(file, two, options.withProgress(heard))) {
            assertThat(heard.names).containsExactly("a");
            writer.writeBlock("b", new byte[5000]);
            writer.finalizeTensor("b");
        }
        assertThat(heard.names).containsExactly("a", "b");
    }
}
