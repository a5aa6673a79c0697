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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Old file or complete new one, never less, whatever stands at the path and whatever fails.
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
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
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

    /// As the hub's cache keeps files: what has a hash for its name is what everyone else finds under that hash.
    @ParameterizedTest
    @ValueSource(ints = {40, 64})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLinkToAFileThatIsCalledByItsHashIsReplacedItself(int digits) throws IOException {
        Path blob = Files.createDirectory(folder.resolve("blobs"))
                .resolve("0123456789abcdeF".repeat(4).substring(0, digits));
        Models.constant(blob, 10, 1);
        byte[] before = Files.readAllBytes(blob);
        Files.setPosixFilePermissions(blob, PosixFilePermissions.fromString("rw-------"));
        Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
        target = snapshot.resolve("model.safetensors");
        Path mine = Files.createSymbolicLink(folder.resolve("mine"), target);
        for (String way : List.of("write", "edit", "dangling")) {
            Files.deleteIfExists(target);
            Path to = way.equals("dangling") ? blob.resolveSibling("9".repeat(digits)) : blob;
            Files.createSymbolicLink(target, snapshot.relativize(to));
            if (way.equals("edit")) {
                Stsw.editMetadata(mine, metadata -> Map.of("license", "MIT"));
                assertThat(Stsw.header(target).metadata()).hasValue(Map.of("license", "MIT"));
            } else {
                write(mine);
                assertThat(isWhole(target)).isTrue();
            }
            assertThat(mine).isSymbolicLink();
            assertThat(Files.isSymbolicLink(target)).isFalse();
            if (to.equals(blob)) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                        .isEqualTo("rw-------");
            }
            assertThat(blob).hasBinaryContent(before);
            assertThat(Models.namesIn(blob.getParent())).hasSize(1);
            assertThat(Models.namesIn(snapshot)).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0123456789abcdef0123456789abcdef0123456",
                "0123456789abcdef0123456789abcdef012345678",
                "0123456789abcdef0123456789abcdef0123456g",
                "0123456789abcdef0123456789abcdef01234567.safetensors"
            })
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLinkToAnyOtherNameIsFollowed(String name) throws IOException {
        Path real = Files.writeString(folder.resolve(name), "old");
        Files.createSymbolicLink(target, real);
        write(target);
        assertThat(target).isSymbolicLink();
        assertThat(isWhole(real)).isTrue();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLinkToAFolderThatIsCalledByAHashIsNoTarget() throws IOException {
        Files.createSymbolicLink(target, Files.createDirectory(folder.resolve("a".repeat(40))));
        assertThatThrownBy(() -> write(target)).hasMessageContaining("is a directory");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aDanglingLinkIsFollowedToo() throws IOException {
        Files.createSymbolicLink(target, folder.resolve("new"));
        write(target);
        assertThat(target).isSymbolicLink();
        assertThat(isWhole(folder.resolve("new"))).isTrue();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLoopOfLinksIsRefused() throws IOException {
        Files.createSymbolicLink(target, folder.resolve("other"));
        Files.createSymbolicLink(folder.resolve("other"), target);
        assertThatThrownBy(() -> write(target)).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void aDirectoryIsRefused() throws IOException {
        assertThatThrownBy(() -> write(folder))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is a directory");
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "pipes and devices are not in folders there")
    void pipesAndDevicesAreRefused() throws Exception {
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
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows replaces no open file: PublishingOnWindowsTest")
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
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no modes there")
    void aReplacedFilePassesItsModeOn(String mode) throws IOException {
        Files.writeString(target, "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(mode));
        write(target);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo(mode);
        assertThat(isWhole(target)).isTrue();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no modes there")
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

    /// Of a new file, and of those that replace one of mode 0600, 0640, 0644, 0444.
    @ParameterizedTest
    @CsvSource({"022, rw-r--r--", "027, rw-r-----", "077, rw-------"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no modes there")
    void aNewFileHasTheModeOfTheUmaskAndOthersKeepTheirs(String umask, String mode) throws Exception {
        List<String> modes = List.of(mode, "rw-------", "rw-r-----", "rw-r--r--", "r--r--r--");
        String[] files = new String[modes.size()];
        for (int i = 0; i < files.length; i++) {
            Path file = folder.resolve("model" + i);
            files[i] = file.toString();
            if (i > 0) {
                Files.writeString(file, "old");
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(modes.get(i)));
            }
        }
        ChildJvm.Result result = ChildJvm.run(umask, DumpMain.class, files);
        assertThat(result.exit()).as(result.output()).isZero();
        for (int i = 0; i < files.length; i++) {
            Path file = Path.of(files[i]);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(modes.get(i));
            assertThat(isWhole(file)).isTrue();
        }
    }

    @Test
    void otherNamesOfAReplacedFileKeepTheOldOne() throws IOException {
        Files.writeString(target, "old");
        Path other = Files.createLink(folder.resolve("other"), target);
        write(target);
        assertThat(other).hasContent("old");
        assertThat(isWhole(target)).isTrue();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no modes there")
    void aStickyFolderForEverybodyIsFine() throws IOException {
        Path shared = Files.createDirectory(folder.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 01777);
        write(shared.resolve("model"));
        write(shared.resolve("model"));
        assertThat(isWhole(shared.resolve("model"))).isTrue();
        assertThat(Models.namesIn(shared)).containsExactly("model");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aLinkToAnotherDeviceIsFollowed() throws Exception {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "tmpfs", elsewhere.toString()).start();
        assumeThat(mount.waitFor()).as("SKIPPED: no tmpfs can be mounted here").isZero();
        try {
            Files.createSymbolicLink(target, elsewhere.resolve("real"));
            for (int i = 0; i < 2; i++) {
                write(target);
                assertThat(target).isSymbolicLink();
                assertThat(isWhole(elsewhere.resolve("real"))).isTrue();
                assertThat(Models.namesIn(elsewhere)).containsExactly("real");
            }
        } finally {
            assertThat(new ProcessBuilder("umount", "-l", elsewhere.toString())
                            .start()
                            .waitFor())
                    .isZero();
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void linksAreFollowedAsFarAsLinuxFollowsThem() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link0"), target);
        for (int i = 1; i < 40; i++) {
            link = Files.createSymbolicLink(folder.resolve("link" + i), link);
        }
        write(link);
        assertThat(isWhole(target)).isTrue();
        Path tooFar = Files.createSymbolicLink(folder.resolve("link40"), link);
        assertThatThrownBy(() -> write(tooFar)).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void foldersMayBeLinksAndPathsMayGoUp() throws IOException {
        Path real = Files.createDirectories(folder.resolve("a").resolve("b"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        write(link.resolve("model"));
        write(link.resolve("..").resolve("model"));
        assertThat(isWhole(real.resolve("model"))).isTrue();
        assertThat(isWhole(folder.resolve("a").resolve("model"))).isTrue();
    }

    @Test
    void aNameThatIsTooLongOrLiesInAFileLeavesNothing() throws IOException {
        Path tooLong = folder.resolve("a".repeat(256));
        assertThatThrownBy(() -> write(tooLong)).isInstanceOf(FileSystemException.class);
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> write(file.resolve("model")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("no such folder");
        assertThat(Models.namesIn(folder)).containsExactly("file");
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
    @Timeout(300)
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows replaces no open file: PublishingOnWindowsTest")
    void sixteenReadersOfATargetThatTwoWritersReplaceSeeWholeFilesOnly() throws Exception {
        Models.constant(target, 5000, 0);
        List<Callable<Boolean>> jobs = new ArrayList<>();
        AtomicInteger writers = new AtomicInteger(2);
        AtomicInteger reads = new AtomicInteger();
        for (int w = 0; w < 2; w++) {
            float base = w * 1000;
            jobs.add(() -> {
                try {
                    for (int i = 0; i < 250; i++) {
                        Models.constant(target, 5000, base + i);
                    }
                } finally {
                    writers.decrementAndGet();
                }
                return true;
            });
        }
        for (int r = 0; r < 16; r++) {
            jobs.add(() -> {
                boolean good = true;
                for (int i = 0; i < 32 || writers.get() > 0; i++) {
                    reads.incrementAndGet();
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
            for (Future<Boolean> job : pool.invokeAll(jobs, 280, TimeUnit.SECONDS)) {
                assertThat(job.get()).isTrue();
            }
        }
        System.out.println("replaced 500 times, and read " + reads + " times meanwhile");
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

    /// Another spelling of the folder must not make a writer open, and so unlock, what another one of its process has.
    @ParameterizedTest
    @ValueSource(strings = {"write", "resume"})
    void aSecondSpellingOfTheFolderIsTheSameFolder(String how) throws Exception {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        target = sub.resolve("model.safetensors");
        WriteOptions options = WriteOptions.defaults().withCrc32(true).withResume(how.equals("resume"));
        List<Path> spellings = new ArrayList<>(List.of(folder.resolve("sub/../sub/model.safetensors")));
        if (OS.WINDOWS.isCurrentOs()) {
            spellings.add(folder.resolve("SUB").resolve("model.safetensors"));
        } else {
            spellings.add(Files.createSymbolicLink(folder.resolve("link"), sub).resolve("model.safetensors"));
        }
        try (StreamWriter writer = StreamWriter.open(target, Models.twoBytes(), options)) {
            for (Path other : spellings) {
                try {
                    StreamWriter.open(other, Models.twoBytes(), options).abort();
                    assertThat(how).isEqualTo("write");
                } catch (FileSystemException e) {
                    assertThat(e).hasMessageContaining("another writer");
                }
            }
            Path file = sub.resolve(Models.namesIn(sub).getFirst());
            ChildJvm.Result result = ChildJvm.run("022", TryLockMain.class, file.toString());
            assertThat(result.output()).as("the lock is still there").isEqualTo("locked\n");
            writer.abort();
        }
    }

    static final class TryLockMain {
        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                System.out.print(lock == null ? "locked\n" : "free\n");
            }
        }
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
    void whatASignalLeavesIsDeletedByTheNextWriter() throws Exception {
        Process child = ChildJvm.start("022", WriteSlowlyMain.class, target.toString());
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("writing");
            child.destroy();
            child.waitFor();
            assertThat(target).doesNotExist();
            write(target);
            assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
        } finally {
            child.destroyForcibly();
        }
    }

    /// The last chance of an application that is told to end.
    @Test
    void aShutdownHookCanSaveAModelAndAWriteUnderWayIsNotTakenFromIt() throws Exception {
        Path other = folder.resolve("other.safetensors");
        ChildJvm.Result ended = ChildJvm.run("022", SaveAtTheEndMain.class, target.toString(), other.toString());
        assertThat(ended.output()).isEmpty();
        assertThat(Stsw.load(target)).containsOnlyKeys("a", "b");
        assertThat(Stsw.load(other)).containsOnlyKeys("weight", "bias");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors", "other.safetensors");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "few people may make links there")
    void aPlantedLinkWithTheNameOfALeftoverIsNotFollowed() throws IOException {
        Path victim = folder.resolve("victim");
        Files.writeString(victim, "precious");
        Files.createSymbolicLink(folder.resolve(".model.safetensors.0123456789abcdef.stsw-tmp"), victim);
        write(target);
        assertThat(victim).hasContent("precious");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no mount")
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
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no mount")
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
                .hasMessage(target + ": has become a directory");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    /// Dumps a model to each path given.
    static final class DumpMain {
        public static void main(String[] args) throws IOException {
            for (String file : args) {
                Stsw.dump(Map.copyOf(Models.small(1)), Path.of(file));
            }
        }
    }

    /// Dies in the middle of writing.
    static final class DieWhileWritingMain {
        public static void main(String[] args) throws IOException {
            StreamWriter.open(Path.of(args[0]), Models.twoBytes()).writeBlock("a", new byte[1]);
            Runtime.getRuntime().halt(3);
        }
    }

    /// Begins a file, and is told to end: finishes it then, and writes another.
    static final class SaveAtTheEndMain {
        public static void main(String[] args) throws IOException {
            StreamWriter begun = StreamWriter.open(Path.of(args[0]), Models.twoBytes());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try (begun) {
                    Thread.sleep(200); // Other hooks run at the same time.
                    begun.writeBlock("a", new byte[4]);
                    begun.finalizeTensor("a");
                    begun.writeBlock("b", new byte[2]);
                    begun.finalizeTensor("b");
                    Stsw.dump(Models.small(1), Path.of(args[1]));
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
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
