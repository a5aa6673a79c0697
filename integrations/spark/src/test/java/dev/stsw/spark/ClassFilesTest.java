package dev.stsw.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.Header;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.Checkpoint;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Clusters that people rent run Java 17. */
class ClassFilesTest {
    private static final int JAVA_17 = 61;

    @Test
    void everyClassLoadsOnJava17() throws Exception {
        for (Class<?> of : List.of(Verify.class, Header.class, TensorSources.class, Checkpoint.class)) {
            URI place = of.getProtectionDomain().getCodeSource().getLocation().toURI();
            if (place.getPath().endsWith(".jar")) {
                try (FileSystem jar = FileSystems.newFileSystem(Path.of(place))) {
                    requireJava17(jar.getPath("/"));
                }
            } else {
                requireJava17(Path.of(place));
            }
        }
    }

    private static void requireJava17(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> classes =
                    files.filter(file -> file.toString().endsWith(".class")).toList();
            assertThat(classes).hasSizeGreaterThan(5);
            for (Path file : classes) {
                try (InputStream in = Files.newInputStream(file)) {
                    DataInputStream data = new DataInputStream(in);
                    data.readInt();
                    data.readUnsignedShort();
                    assertThat(data.readUnsignedShort()).as(file.toString()).isLessThanOrEqualTo(JAVA_17);
                }
            }
        }
    }
}
