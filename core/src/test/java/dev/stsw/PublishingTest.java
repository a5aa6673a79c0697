package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Old file or complete new one, never less, whatever stands at the path and whatever fails.
@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class PublishingTest {
    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void nameTheTarget() {
        target = folder.resolve("model.safetensors");
    }

    private static void write(Path file) throws IOException {
        Stsw.dump(Models.small(1), file);
    }

    private static boolean isWhole(Path file) throws IOException {
        return Stsw.load(file).get("weight").toFloatArray().length == 15;
    }

    @Test
    void aSymbolicLinkIsFollowedAndStays() throws IOException {
        Path real = Files.createDirectory(folder.resolve("elsewhere")).resolve("real");
        Files.writeString(real, "old");
        Files.createSymbolicLink(folder.resolve("hop"), Path.of("elsewhere", "real"));
        Files.createSymbolicLink(target, Path.of("hop"));
        write(target);
        assertThat(target).isSymbolicLink();
        assertThat(real).isRegularFile();
        assertThat(isWhole(real)).isTrue();
        assertThat(Models.namesIn(real.getParent())).containsExactly("real");
    }

    @Test
    void aDanglingLinkIsFollowedToo() throws IOException {
        Files.createSymbolicLink(target, folder.resolve("new"));
        write(target);
        assertThat(target).isSymbolicLink();
        assertThat(isWhole(folder.resolve("new"))).isTrue();
    }

    @Test
    void aLoopOfLinksIsRefused() throws IOException {
        Files.createSymbolicLink(target, folder.resolve("other"));
        Files.createSymbolicLink(folder.resolve("other"), target);
        assertThatThrownBy(() -> write(target)).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void directoriesPipesAndDevicesAreRefused() throws Exception {
        assertThatThrownBy(() -> write(folder))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is a directory");
        Path pipe = folder.resolve("pipe");
        assumeThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (Path special : List.of(pipe, Path.of("/dev/null"))) {
            assertThatThrownBy(() -> write(special))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("device, pipe or socket");
        }
        assertThat(Models.namesIn(folder)).containsExactly("pipe");
    }

    @Test
    void aMappedFileCanBeWrittenOverItself() throws IOException {
        Models.constant(target, 5000, 7);
        try (StreamReader reader = StreamReader.open(target);
                StreamWriter writer =
                        StreamWriter.open(target, List.of(reader.meta("a").toSpec()))) {
            writer.writeBlock("a", reader.getSlice("a"));
            writer.finalizeTensor("a");
        }
        assertThat(Stsw.load(target).get("a").toFloatArray()).hasSize(5000).containsOnly(7);
    }

    @Test
    void aMissingFolderIsNamed() {
        assertThatThrownBy(() -> write(folder.resolve("missing").resolve("file")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void aRelativePathWithoutFolderIsFine() throws IOException {
        Path relative = Path.of("stsw-relative-path-test.safetensors");
        try {
            write(relative);
            assertThat(isWhole(relative)).isTrue();
        } finally {
            Files.deleteIfExists(relative);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-r-----", "rw-rw-rw-", "r--r--r--", "rwxr-xr-x"})
    void aReplacedFilePassesItsModeOn(String mode) throws IOException {
        Files.writeString(target, "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(mode));
        write(target);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo(mode);
        assertThat(isWhole(target)).isTrue();
    }

    @Test
    void whatReplacesAPrivateFileIsPrivateWhileItIsWritten() throws IOException {
        Files.writeString(target, "secret");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
        try (StreamWriter writer = StreamWriter.open(target, Models.twoBytes())) {
            Path temporary = folder.resolve(Models.namesIn(folder).getFirst());
            assertThat(temporary.getFileName().toString())
                    .startsWith(".model.safetensors.")
                    .endsWith(".stsw-tmp");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)))
                    .isEqualTo("rw-------");
            writer.abort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"022 rw-r--r--", "027 rw-r-----", "077 rw-------"})
    void aNewFileHasTheModeOfTheUmask(String umaskAndMode) throws Exception {
        String[] parts = umaskAndMode.split(" ", -1);
        ChildJvm.Result result = ChildJvm.run(parts[0], DumpMain.class, target.toString());
        assertThat(result.exit()).as(result.output()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo(parts[1]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "模", "😀"})
    void aNameOfTheGreatestLengthIsFine(String character) throws IOException {
        assumeThat(System.getProperty("sun.jnu.encoding")).isEqualTo("UTF-8");
        int bytes = character.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        Path longest = folder.resolve(character.repeat(255 / bytes) + "a".repeat(255 % bytes));
        write(longest);
        assertThat(isWhole(longest)).isTrue();
        assertThat(Models.namesIn(folder)).hasSize(1);
    }

    @Test
    void twoWritersOfOneTargetBothSucceedAndTheLastWins() throws IOException {
        StreamWriter first = StreamWriter.open(target, Models.twoBytes());
        StreamWriter second = StreamWriter.open(target, Models.twoBytes());
        first.writeBlock("a", new byte[] {1, 1, 1, 1});
        second.writeBlock("a", new byte[] {2, 2, 2, 2});
        for (StreamWriter writer : List.of(second, first)) {
            writer.finalizeTensor("a");
            writer.writeBlock("b", new byte[2]);
            writer.finalizeTensor("b");
            writer.close();
        }
        assertThat(Stsw.load(target).get("a").toByteArray()).containsOnly(1);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void sixteenReadersOfATargetThatTwoWritersReplaceSeeWholeFilesOnly() throws Exception {
        Models.constant(target, 5000, 0);
        List<Callable<Boolean>> jobs = new ArrayList<>();
        for (int w = 0; w < 2; w++) {
            float base = w * 1000;
            jobs.add(() -> {
                for (int i = 0; i < 60; i++) {
                    Models.constant(target, 5000, base + i);
                }
                return true;
            });
        }
        for (int r = 0; r < 16; r++) {
            jobs.add(() -> {
                boolean good = true;
                for (int i = 0; i < 32; i++) {
                    try (StreamReader reader =
                            StreamReader.open(target, ReadOptions.defaults().withVerifyCrc(true))) {
                        float[] values = reader.tensor("a").toFloatArray();
                        float first = values[0];
                        for (float value : values) {
                            good &= value == first;
                        }
                    }
                }
                return good;
            });
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(jobs.size())) {
            for (Future<Boolean> job : pool.invokeAll(jobs, 50, TimeUnit.SECONDS)) {
                assertThat(job.get()).isTrue();
            }
        }
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void leftoversOfADeadWriterAreDeletedByTheNextOne() throws Exception {
        ChildJvm.Result died = ChildJvm.run("022", DieWhileWritingMain.class, target.toString());
        assertThat(died.exit()).as(died.output()).isEqualTo(3);
        assertThat(Models.namesIn(folder)).singleElement().asString().endsWith(".stsw-tmp");
        Path other = folder.resolve(".other.safetensors.0123456789abcdef.stsw-tmp");
        Files.createFile(other);
        write(target);
        assertThat(Models.namesIn(folder)).containsExactly(other.getFileName().toString(), "model.safetensors");
    }

    @Test
    void leftoversThatAnotherProcessHoldsAreLeftAlone() throws Exception {
        Process child = ChildJvm.start("022", WriteSlowlyMain.class, target.toString());
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("writing");
            write(target);
            assertThat(Models.namesIn(folder)).hasSize(2);
            child.outputWriter().append("go\n").flush();
            assertThat(child.waitFor()).isZero();
            assertThat(Stsw.load(target)).containsOnlyKeys("a", "b");
            assertThat(Models.namesIn(folder)).hasSize(1);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void anEndOfTheProcessInTheMiddleLeavesNothing() throws Exception {
        Process child = ChildJvm.start("022", WriteSlowlyMain.class, target.toString());
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("writing");
            assertThat(Models.namesIn(folder)).hasSize(1);
            child.destroy();
            child.waitFor();
            assertThat(Models.namesIn(folder)).isEmpty();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void aPlantedLinkWithTheNameOfALeftoverIsNotFollowed() throws IOException {
        Path victim = folder.resolve("victim");
        Files.writeString(victim, "precious");
        Files.createSymbolicLink(folder.resolve(".model.safetensors.0123456789abcdef.stsw-tmp"), victim);
        write(target);
        assertThat(victim).hasContent("precious");
    }

    @Test
    void anUnwritableFolderIsRefusedAtOnce() throws Exception {
        mountTmpfs("ro");
        try {
            assertThatThrownBy(() -> StreamWriter.open(target, Models.twoBytes()))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining(folder.toString());
        } finally {
            unmount();
        }
    }

    @Test
    void aFullDiskKeepsTheOldFile() throws Exception {
        mountTmpfs("size=512k");
        try {
            Models.constant(target, 1000, 1);
            assertThatThrownBy(() -> Models.constant(target, 1 << 20, 2))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left");
            assertThat(Stsw.load(target).get("a").toFloatArray()).hasSize(1000).containsOnly(1);
            assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
            Models.constant(target, 1000, 3);
        } finally {
            unmount();
        }
    }

    private void mountTmpfs(String option) throws Exception {
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", option, "tmpfs", folder.toString())
                .redirectErrorStream(true)
                .start();
        assumeThat(mount.waitFor()).as("SKIPPED: no tmpfs can be mounted here").isZero();
    }

    private void unmount() throws Exception {
        // What was mapped there keeps it busy until it is garbage; a lazy unmount does not mind.
        assertThat(new ProcessBuilder("umount", "-l", folder.toString()).start().waitFor())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 8})
    void aFailingWriteDiscardsTheAttempt(int goodWrites) throws IOException {
        Files.writeString(target, "old");
        StreamWriter writer = StreamWriter.open(
                target,
                List.of(dev.stsw.format.TensorSpec.of("a", dev.stsw.format.DType.U8, 1 << 20)),
                WriteOptions.defaults().withBufferSize(4096).withCrc32(true),
                new FailingChannel.Opener(goodWrites, false));
        assertThatThrownBy(() -> writer.writeBlock("a", new byte[1 << 20]))
                .isInstanceOf(IOException.class)
                .hasMessage("Input/output error");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
        assertThatThrownBy(() -> writer.writeBlock("a", new byte[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("writing failed before")
                .hasRootCauseMessage("Input/output error");
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class).hasMessageContaining("nothing was published");
        writer.close();
        assertThat(target).hasContent("old");
    }

    @Test
    void shortWritesAreContinued() throws IOException {
        FailingChannel.Opener disk = new FailingChannel.Opener(Integer.MAX_VALUE, false);
        try (StreamWriter writer = StreamWriter.open(
                target, Models.twoBytes(), WriteOptions.defaults().withCrc32(true), disk)) {
            writer.writeBlock("a", new byte[] {1, 2, 3, 4});
            writer.finalizeTensor("a");
            writer.writeBlock("b", new byte[] {5, 6});
            writer.finalizeTensor("b");
        }
        assertThat(Stsw.verify(target).ok()).isTrue();
    }

    @Test
    void aFailedForceIsNeverTriedAgain() throws IOException {
        Files.writeString(target, "old");
        FailingChannel.Opener disk = new FailingChannel.Opener(Integer.MAX_VALUE, true);
        StreamWriter writer = StreamWriter.open(target, List.of(), WriteOptions.defaults(), disk);
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class).hasMessage("Input/output error");
        writer.close();
        assertThat(disk.last.forces()).isEqualTo(1);
        assertThat(target).hasContent("old");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void anInterruptedWriterDiscardsAndSaysSo() throws IOException {
        Files.writeString(target, "old");
        StreamWriter writer = StreamWriter.open(target, Models.twoBytes());
        writer.writeBlock("a", new byte[4]);
        writer.finalizeTensor("a");
        writer.writeBlock("b", new byte[2]);
        writer.finalizeTensor("b");
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(writer::close)
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageContaining("interrupted while writing; nothing was published");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
        assertThat(target).hasContent("old");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void aTargetThatBecomesADirectoryIsLeftAlone() throws IOException {
        StreamWriter writer = StreamWriter.open(target, List.of());
        Files.createDirectory(target);
        assertThatThrownBy(writer::close)
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("directory");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    /// Dumps a model to the path given.
    static final class DumpMain {
        public static void main(String[] args) throws IOException {
            Stsw.dump(Map.copyOf(Models.small(1)), Path.of(args[0]));
        }
    }

    /// Dies in the middle of writing.
    static final class DieWhileWritingMain {
        public static void main(String[] args) throws IOException {
            StreamWriter.open(Path.of(args[0]), Models.twoBytes()).writeBlock("a", new byte[1]);
            Runtime.getRuntime().halt(3);
        }
    }

    /// Says `writing` in the middle, and goes on when it is told to. Another writer of the same process must not cost
    /// the first its lock, which on POSIX systems happens to whoever opens and closes a locked file.
    static final class WriteSlowlyMain {
        public static void main(String[] args) throws IOException {
            try (StreamWriter writer = StreamWriter.open(Path.of(args[0]), Models.twoBytes())) {
                StreamWriter.open(Path.of(args[0]), Models.twoBytes()).abort();
                writer.writeBlock("a", new byte[4]);
                writer.finalizeTensor("a");
                System.out.println("writing");
                if (System.in.read() < 0) {
                    throw new IOException("the parent is gone");
                }
                writer.writeBlock("b", new byte[2]);
                writer.finalizeTensor("b");
            }
        }
    }

    @Test
    void locksAreTakenOnTemporaries() throws IOException {
        try (StreamWriter writer = StreamWriter.open(target, List.of())) {
            Path temporary = folder.resolve(Models.namesIn(folder).getFirst());
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                assertThatThrownBy(() -> {
                            try (FileLock lock = channel.tryLock()) {
                                assertThat(lock).isNull();
                            }
                        })
                        .isInstanceOf(java.nio.channels.OverlappingFileLockException.class);
            }
            writer.abort();
        }
    }
}
