package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A thread that is interrupted: whatever it writes ends with an exception that says so, nothing is left behind, and
/// the thread stays interrupted.
@Timeout(60)
class InterruptionTest {
    private static final int SIZE = 1 << 20;
    private static final WriteOptions OPTIONS =
            WriteOptions.defaults().withBufferSize(4096).withCrc32(true);

    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void writeTheOldFile() throws Exception {
        target = Files.writeString(folder.resolve("model.safetensors"), "old");
    }

    @AfterEach
    void forgetTheInterrupt() {
        Thread.interrupted();
    }

    private void assertSaysSo(ThrowingCallable write) throws Exception {
        Thread.currentThread().interrupt();
        assertThatThrownBy(write)
                .isInstanceOf(InterruptedIOException.class)
                .hasMessageContaining("the thread was interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(target).hasContent("old");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    private static Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", Tensor.of(new byte[SIZE]));
        tensors.put("b", Tensor.of(new byte[SIZE]));
        return tensors;
    }

    @Test
    void inWriteBlock() throws Exception {
        StreamWriter writer = StreamWriter.open(target, List.of(TensorSpec.of("a", DType.U8, 64L * SIZE)), OPTIONS);
        assertSaysSo(() -> {
            for (int i = 0; i < 64; i++) {
                writer.writeBlock("a", new byte[SIZE]);
            }
            writer.close();
        });
        assertThatThrownBy(writer::close)
                .hasMessageContaining("nothing was published")
                .hasMessageContaining("interrupted");
    }

    @Test
    void inOpen() throws Exception {
        assertSaysSo(() -> {
            try (StreamWriter writer = StreamWriter.open(target, Models.twoBytes(), OPTIONS.withResume(true))) {
                writer.abort();
            } finally {
                Files.deleteIfExists(folder.resolve(".model.safetensors.stsw-partial"));
            }
        });
    }

    @Test
    void inDump() throws Exception {
        assertSaysSo(() -> Stsw.dump(tensors(), target, OPTIONS));
    }

    @Test
    void inWriteFromAFile() throws Exception {
        Path source = Files.createTempFile("stsw-interrupted", null);
        try {
            Stsw.dump(tensors(), source);
            try (StreamReader reader = StreamReader.open(source)) {
                assertSaysSo(() -> Stsw.write(reader.asSource(), target, OPTIONS));
                // The reader goes on.
                Stsw.write(reader.asSource(), target, OPTIONS);
            }
            assertThat(Stsw.verify(target).ok()).isTrue();
        } finally {
            Files.delete(source);
        }
    }

    @Test
    void inWriteShards() throws Exception {
        assertSaysSo(() -> Stsw.writeShards(Tensors.source(tensors()), folder, "m", SIZE, OPTIONS));
    }

    @Test
    void inVerifyAndWhileReading() throws Exception {
        Path source = Files.createTempFile("stsw-interrupted", null);
        try {
            Map<String, Tensor> tensors = tensors();
            tensors.put("c", Tensor.of(new byte[16 * SIZE]));
            Stsw.dump(tensors, source, OPTIONS);
            assertSaysSo(() -> Stsw.verify(source));
        } finally {
            Files.delete(source);
        }
    }
}
