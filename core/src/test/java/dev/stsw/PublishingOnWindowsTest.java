package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What only Windows (or Wine) does: it replaces no file that is open, has letters for drives and names for devices.
@EnabledOnOs(value = OS.WINDOWS, disabledReason = "POSIX systems replace open files, and have no such names")
class PublishingOnWindowsTest {
    private static final Map<String, Tensor> NEW = Map.of("a", Tensor.of(new float[] {3, 4}, 2));

    @TempDir
    Path folder;

    private Path target;
    private byte[] old;

    @BeforeEach
    void writeOld() throws IOException {
        target = folder.resolve("model.safetensors");
        Stsw.dump(Map.of("a", Tensor.of(new float[] {1, 2}, 2)), target);
        old = Files.readAllBytes(target);
    }

    private void assertInUse() throws IOException {
        assertThatThrownBy(() -> Stsw.dump(NEW, target))
                .isInstanceOf(FileSystemException.class)
                .hasMessageStartingWith(target + ": is in use");
        assertThatThrownBy(() -> Stsw.editMetadata(target, metadata -> Map.of("k", "v")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageStartingWith(target + ": is in use");
        assertThat(Files.readAllBytes(target)).isEqualTo(old);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    private void assertReplaceable() throws IOException {
        Stsw.dump(NEW, target);
        assertThat(Files.readAllBytes(target)).isNotEqualTo(old);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void aFileThatSomebodyHasOpenIsInUseAndStays() throws IOException {
        try (FileChannel reader = FileChannel.open(target, StandardOpenOption.READ)) {
            assertInUse();
            assertThat(reader.size()).isEqualTo(old.length);
        }
        assertReplaceable();
    }

    @Test
    void aFileThatSomebodyHasMappedIsInUseAndStays() throws IOException {
        float[] enough = new float[1 << 12]; // Less is not mapped.
        enough[1] = 2;
        Stsw.dump(Map.of("a", Tensor.of(enough, enough.length)), target);
        old = Files.readAllBytes(target);
        try (StreamReader reader = StreamReader.open(target)) {
            assertThat(reader.tensor("a").getFloat(1)).isEqualTo(2);
            assertInUse();
            assertThat(reader.tensor("a").getFloat(1)).isEqualTo(2);
        }
        assertReplaceable();
    }

    @Test
    void aFileThatIsLetGoOfInAMomentIsReplaced() throws Exception {
        FileChannel scanner = FileChannel.open(target, StandardOpenOption.READ);
        Thread closing = Thread.ofPlatform().start(() -> {
            try (scanner) {
                Thread.sleep(100);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertReplaceable();
        closing.join();
    }

    @Test
    void aReadOnlyTargetIsRefusedBeforeAnythingIsRead() throws IOException {
        Files.setAttribute(target, "dos:readonly", true);
        TensorSource source = new TensorSource() {
            @Override
            public List<TensorSpec> tensors() {
                return List.of(TensorSpec.of("a", DType.F32, 2));
            }

            @Override
            public Optional<Map<String, String>> metadata() {
                return Optional.empty();
            }

            @Override
            public ReadableByteChannel open(String name) {
                throw new AssertionError("read " + name);
            }

            @Override
            public void close() {
                // There is nothing to let go of.
            }
        };
        assertThatThrownBy(() -> Stsw.write(source, target, WriteOptions.defaults()))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(target + ": is read-only");
        assertThat(Files.readAllBytes(target)).isEqualTo(old);
        Files.setAttribute(target, "dos:readonly", false);
        assertReplaceable();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nul", "CON", "aux.safetensors", "com1", "Lpt9.x.y", "conout$"})
    void aDeviceIsNoTarget(String name) throws IOException {
        Path device = folder.resolve(name);
        assertThatThrownBy(() -> Stsw.dump(NEW, device))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(device + ": is the name of a device, not of a file");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void aDriveThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Stsw.dump(NEW, Path.of("b:model")))
                .isInstanceOf(FileSystemException.class)
                .hasMessage("b:model: is on a drive that is not there");
    }

    @Test
    void namesThatOnlyBeginLikeDevicesAreFiles() throws IOException {
        for (String name : List.of("null", "com10", "console.safetensors", "nul_")) {
            Stsw.dump(NEW, folder.resolve(name));
        }
        assertThat(Models.namesIn(folder))
                .containsExactlyInAnyOrder("model.safetensors", "null", "com10", "console.safetensors", "nul_");
    }
}
