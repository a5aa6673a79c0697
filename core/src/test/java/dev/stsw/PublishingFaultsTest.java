package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.DirectIo;
import dev.stsw.publish.Folder;
import dev.stsw.publish.Leftovers;
import dev.stsw.publish.Partials;
import dev.stsw.publish.Target;
import dev.stsw.publish.Temporary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What happens to the files beside a target in the moments between two calls, and on file systems that lack something:
/// the branches of publishing that no ordinary disk takes.
@Timeout(60)
class PublishingFaultsTest {
    private static final WriteOptions RESUME =
            WriteOptions.defaults().withCrc32(true).withResume(true);

    @TempDir
    Path folder;

    private Path target;
    private Path partial;

    @BeforeEach
    void nameTheFiles() {
        target = folder.resolve("model.safetensors");
        partial = folder.resolve(".model.safetensors.stsw-partial");
    }

    /// Whatever happened: a process that goes on for years may not lose a descriptor each time.
    @AfterEach
    void nothingOfTheFolderIsOpen() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        // Under Wine, it is there, but is no folder of links.
        if (OS.WINDOWS.isCurrentOs() || !Files.isDirectory(descriptors)) {
            return;
        }
        List<String> open = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
            for (Path descriptor : all) {
                try {
                    open.add(Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException e) {
                    // The one that this loop reads with.
                }
            }
        }
        assertThat(open).isNotEmpty().noneMatch(path -> path.startsWith(folder.toString()));
    }

    /// Does something else at the first call, or after it.
    private static final class Once implements Temporary.Opener {
        private final Temporary.Opener first;
        private int calls;

        Once(Temporary.Opener first) {
            this.first = first;
        }

        @Override
        public FileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            return calls++ == 0 ? first.open(path, options, attributes) : FileChannel.open(path, options, attributes);
        }
    }

    /// A good disk, but for what a test overrides.
    private static class Disk extends FailingChannel {
        Disk(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            super(FileChannel.open(path, options, attributes), Integer.MAX_VALUE, false);
        }
    }

    private void write(WriteOptions options, Temporary.Opener opener) throws IOException {
        try (StreamWriter writer = StreamWriter.open(target, Models.twoBytes(), options, opener)) {
            for (TensorSpec tensor :
                    Models.twoBytes().subList(writer.resumedTensors().size(), 2)) {
                byte[] bytes = new byte[(int) tensor.byteSize()];
                Arrays.fill(bytes, (byte) 7);
                writer.writeBlock(tensor.name(), bytes);
                writer.finalizeTensor(tensor.name());
            }
        }
    }

    private void assertPublished() throws IOException {
        assertThat(Stsw.load(target).get("a").toByteArray()).containsOnly(7);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void theRootIsNoNameOfAFile() {
        assertThatThrownBy(() -> Target.resolve(Path.of("/")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is no name of a file");
    }

    @Test
    void aTemporaryWhoseNameWasTakenInTheMeantimeGetsAnother() throws IOException {
        Once taken = new Once((path, options, attributes) -> {
            throw new FileAlreadyExistsException(path.toString());
        });
        write(WriteOptions.defaults(), taken);
        assertThat(taken.calls).isEqualTo(2);
        assertPublished();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a deleted file keeps its name there as long as it is open")
    void aTemporaryThatWasTakenForAbandonedIsBegunAgain() throws IOException {
        Once deleted = new Once((path, options, attributes) -> {
            FileChannel channel = FileChannel.open(path, options, attributes);
            Files.delete(path);
            return channel;
        });
        write(WriteOptions.defaults(), deleted);
        assertThat(deleted.calls).isEqualTo(2);
        Once locked = new Once((path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public FileLock tryLock(long position, long size, boolean shared) {
                return null;
            }
        });
        write(WriteOptions.defaults(), locked);
        assertThat(locked.calls).isEqualTo(2);
        assertPublished();
    }

    @Test
    void withoutLocksATemporaryIsWrittenAllTheSameButAPartialFileIsRefused() throws IOException {
        Temporary.Opener lockless = (path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public FileLock tryLock(long position, long size, boolean shared) throws IOException {
                throw new IOException("no locks available");
            }
        };
        write(WriteOptions.defaults(), lockless);
        assertPublished();
        assertThatThrownBy(() -> write(RESUME, lockless))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(partial + ": cannot be locked on this file system: write without resume")
                .hasRootCauseMessage("no locks available");
        Files.delete(partial);
        assertPublished();
    }

    /// Without locks, that the file is there must keep others away; then a dead writer's must be deleted by hand.
    @Test
    void withoutLocksAnAttemptIsAloneByItsFile() throws IOException {
        Temporary.Opener lockless = (path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public FileLock tryLock(long position, long size, boolean shared) throws IOException {
                throw new IOException("no locks available");
            }
        };
        try (AtomicFile file = AtomicFile.alone(target, lockless)) {
            assertThat(partial).exists();
            file.write(ByteBuffer.allocate(1), 0);
            file.publish();
        }
        assertThat(target).hasSize(1);
        Files.createFile(partial);
        assertThatThrownBy(() -> AtomicFile.alone(target, lockless))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("if no other writer is at it, one has died, and it can be deleted");
        assertThat(partial).exists();
    }

    @Test
    void anAttemptThatIsAloneBeginsWithAnEmptyFile() throws IOException {
        Files.writeString(partial, "what a dead writer left");
        try (AtomicFile file = AtomicFile.alone(target, FileChannel::open)) {
            file.write(ByteBuffer.allocate(1), 0);
            file.publish();
        }
        assertThat(target).hasSize(1);
        AtomicFile.alone(target, FileChannel::open).close();
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
        assertThatThrownBy(() ->
                        AtomicFile.alone(target, (path, options, attributes) -> new Disk(path, options, attributes) {
                            @Override
                            public FileChannel truncate(long size) throws IOException {
                                throw new IOException("Input/output error");
                            }
                        }))
                .hasMessage("Input/output error");
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void aDiskThatCannotEvenBeOpenedLeavesNothing() throws IOException {
        for (WriteOptions options : List.of(WriteOptions.defaults(), RESUME)) {
            assertThatThrownBy(() -> write(options, (path, how, attributes) -> {
                        throw new IOException("Input/output error");
                    }))
                    .hasMessage("Input/output error");
            write(options, FileChannel::open);
            assertPublished();
        }
    }

    @Test
    void aFaultWhileDiscardingIsAddedToTheFirstOne() {
        StreamWriterFault fault = new StreamWriterFault();
        assertThatThrownBy(() -> write(WriteOptions.defaults().withCrc32(true), fault))
                .isInstanceOf(IOException.class)
                .hasMessage("the first fault")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .anySatisfy(added -> assertThat(added).hasMessage("the second fault")));
        assertThat(target).doesNotExist();
    }

    /// Cannot be written, nor closed.
    private static final class StreamWriterFault implements Temporary.Opener {
        @Override
        public FileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            return new Disk(path, options, attributes) {
                @Override
                public synchronized int write(ByteBuffer source, long position) throws IOException {
                    throw new IOException("the first fault");
                }

                @Override
                protected void implCloseChannel() throws IOException {
                    super.implCloseChannel();
                    throw new IOException("the second fault");
                }
            };
        }
    }

    @Test
    void aMistakeInTheWritingThreadReachesTheCaller() throws IOException {
        Temporary.Opener broken = (path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public synchronized int write(ByteBuffer source, long position) {
                throw new UnsupportedOperationException("a mistake");
            }
        };
        List<TensorSpec> tensors = List.of(TensorSpec.of("a", DType.U8, 1 << 20));
        WriteOptions options = WriteOptions.defaults().withBufferSize(4096);
        StreamWriter writer = StreamWriter.open(target, tensors, options, broken);
        assertThatThrownBy(() -> writer.writeBlock("a", new byte[1 << 20]))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("a mistake");
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    @Test
    void aFolderThatCannotBeForcedIsReportedAlthoughTheFileIsInPlace() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        try (FileChannel failing =
                new FailingChannel(FileChannel.open(file, StandardOpenOption.WRITE), Integer.MAX_VALUE, true)) {
            Target at = Target.resolve(target);
            assertThatThrownBy(() -> new Folder(failing).force(at))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in place, but its folder could not be forced")
                    .hasRootCauseMessage("Input/output error");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"created", "deleted", "published", "replaced"})
    void aPartialFileThatChangesHandsInTheMeantimeIsLookedAtAgain(String meanwhile) throws IOException {
        if (!meanwhile.equals("created")) {
            Files.createFile(partial);
        }
        Once opener = new Once((path, options, attributes) -> {
            if (meanwhile.equals("created")) {
                throw new FileAlreadyExistsException(path.toString());
            }
            if (meanwhile.equals("deleted")) {
                throw new NoSuchFileException(path.toString());
            }
            FileChannel channel = FileChannel.open(path, options, attributes);
            Files.move(path, folder.resolve("elsewhere"));
            if (meanwhile.equals("replaced")) {
                Files.createFile(path);
            }
            return channel;
        });
        write(RESUME, opener);
        assertThat(opener.calls).isEqualTo(2);
        Files.deleteIfExists(folder.resolve("elsewhere"));
        assertPublished();
    }

    @Test
    void aPartialFileThatSomeoneElseHasLockedIsRefused() throws IOException {
        Files.createFile(partial);
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatThrownBy(() -> write(RESUME, FileChannel::open)).hasMessageContaining("another writer");
        }
        Temporary.Opener others = (path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public FileLock tryLock(long position, long size, boolean shared) {
                return null;
            }
        };
        assertThatThrownBy(() -> write(RESUME, others)).hasMessageContaining("another writer");
        write(RESUME, FileChannel::open);
        assertPublished();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no such owners there")
    void anotherUsersPartialFileIsRefused() throws IOException {
        Files.createFile(partial);
        for (Path process : List.of(Path.of("/proc/self"), folder.resolve("no such process"))) {
            Partials.requireOwn(partial, process, Target.resolve(target));
        }
        try {
            Files.setAttribute(partial, "unix:uid", 12_345, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            assumeThat(false).as("SKIPPED: only root can give files away").isTrue();
        }
        assertThatThrownBy(() -> write(RESUME, FileChannel::open))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("belongs to another user");
        assertThatThrownBy(
                        () -> Partials.requireOwn(partial, folder.resolve("no such process"), Target.resolve(target)))
                .as("also where there is no /proc")
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("belongs to another user");
        assertThat(Models.namesIn(folder)).containsExactly(".model.safetensors.stsw-partial");
    }

    /// Some servers of files know this process's user by another name.
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no such owners there")
    void aPartialFileOfWhoeverOwnsOurFilesHereIsOurs() throws IOException {
        Path others = Files.createDirectory(folder.resolve("another process"));
        Files.createFile(partial);
        try {
            Files.setAttribute(others, "unix:uid", 12_345, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            assumeThat(false).as("SKIPPED: only root can give files away").isTrue();
        }
        Partials.requireOwn(partial, others, Target.resolve(target));
    }

    @Test
    void aPartialFileThatShrinksWhileItIsReadIsWrittenAgain() throws IOException {
        StreamWriter writer = StreamWriter.open(target, Models.twoBytes(), RESUME);
        writer.writeBlock("a", new byte[] {7, 7, 7, 7});
        writer.finalizeTensor("a");
        writer.abort();
        byte[] before = Files.readAllBytes(partial);
        for (long end : new long[] {before.length - 1, before.length - 4, 100}) {
            Files.write(partial, before);
            Temporary.Opener shrinking = (path, options, attributes) -> new Disk(path, options, attributes) {
                @Override
                public int read(ByteBuffer buffer, long position) throws IOException {
                    if (position >= end) {
                        return -1;
                    }
                    int limit = buffer.limit();
                    buffer.limit((int) Math.min(limit, buffer.position() + end - position));
                    int count = super.read(buffer, position);
                    buffer.limit(limit);
                    return count;
                }
            };
            StreamWriter resumed = StreamWriter.open(target, Models.twoBytes(), RESUME, shrinking);
            assertThat(resumed.resumedTensors()).isEmpty();
            resumed.abort();
            Files.write(partial, before);
            write(RESUME, shrinking);
            assertPublished();
        }
        // The digits are there, the data is not.
        Files.write(partial, Arrays.copyOf(before, before.length - 1));
        write(RESUME, FileChannel::open);
        assertPublished();
    }

    @Test
    void aFaultWhilePublishingDiscardsAtOnceAndBothFaultsAreTold() throws IOException {
        AtomicFile file = AtomicFile.create(target, (path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public void force(boolean metaData) throws IOException {
                throw new IOException("the first fault");
            }

            @Override
            protected void implCloseChannel() throws IOException {
                super.implCloseChannel();
                throw new IOException("the second fault");
            }
        });
        assertThat(file.path()).isEqualTo(target);
        assertThatThrownBy(file::publish)
                .hasMessage("the first fault")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(added -> assertThat(added).hasMessage("the second fault")));
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    @Test
    void afterOneFaultNoWriteIsTriedAgain() throws IOException {
        List<Long> tried = new ArrayList<>();
        AtomicFile file = AtomicFile.create(target, (path, options, attributes) -> new Disk(path, options, attributes) {
            @Override
            public synchronized int write(ByteBuffer source, long position) throws IOException {
                tried.add(position);
                throw new IOException("write " + tried.size());
            }
        });
        for (long position : new long[] {0, 4}) {
            assertThatThrownBy(() -> file.write(ByteBuffer.allocate(4), position))
                    .hasMessage("write 1");
        }
        assertThat(tried).containsExactly(0L);
        file.close();
        AtomicFile closed = AtomicFile.create(target, FileChannel::open);
        closed.close();
        assertThatThrownBy(() -> closed.write(ByteBuffer.allocate(4), 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended");
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    @Test
    void namesOfTemporariesThatAreGoneAreNobodysAnyMore() throws IOException {
        List<Path> drawn = new ArrayList<>();
        write(WriteOptions.defaults(), (path, options, attributes) -> {
            drawn.add(path);
            if (drawn.size() == 1) {
                throw new FileAlreadyExistsException(path.toString());
            }
            return FileChannel.open(path, options, attributes);
        });
        assertThatThrownBy(() -> write(WriteOptions.defaults(), (path, options, attributes) -> {
                    drawn.add(path);
                    throw new IOException("Input/output error");
                }))
                .hasMessage("Input/output error");
        StreamWriter aborted =
                StreamWriter.open(target, Models.twoBytes(), WriteOptions.defaults(), (path, options, attributes) -> {
                    drawn.add(path);
                    return FileChannel.open(path, options, attributes);
                });
        aborted.abort();
        assertThat(drawn).hasSize(4);
        for (Path path : drawn) {
            Files.createFile(path);
        }
        write(WriteOptions.defaults(), FileChannel::open);
        assertPublished();
    }

    @ParameterizedTest
    @ValueSource(ints = {'a', 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000})
    void temporariesOfLongNamesAreShortAndStillOfOneTargetAlone(int character) throws IOException {
        String one = Character.toString(character);
        int width = one.getBytes(StandardCharsets.UTF_8).length;
        int most = 200 / width;
        // Such paths know Unicode, whatever this machine is set to.
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("archive.zip"), Map.of("create", "true"))) {
            String longest = one.repeat(most);
            assertThat(Leftovers.prefix(zip.getPath(longest))).isEqualTo("." + longest + ".");
            String x = Leftovers.prefix(zip.getPath(longest + "xyz"));
            assertThat(x).startsWith("." + longest);
            assertThat(x.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(1 + 200 + 1 + 8 + 1);
            assertThat(x).endsWith(".").isNotEqualTo(Leftovers.prefix(zip.getPath(longest + "xyzz")));
            String y = Leftovers.prefix(zip.getPath(longest + one));
            assertThat(y).matches("\\." + one + "{" + most + "}~[0-9a-f]{8}\\.");
        }
    }

    @Test
    void whatIsReadAgainIsTold() throws IOException {
        StreamWriter writer = StreamWriter.open(target, Models.twoBytes(), RESUME);
        writer.writeBlock("a", new byte[] {7, 7, 7, 7});
        writer.finalizeTensor("a");
        writer.writeBlock("b", new byte[] {7, 7});
        writer.finalizeTensor("b");
        writer.abort();
        List<Long> heard = new ArrayList<>();
        write(
                RESUME.withProgress((done, total) -> {
                    assertThat(total).isEqualTo(6);
                    heard.add(done);
                }),
                FileChannel::open);
        assertThat(heard).startsWith(4L, 6L);
        assertPublished();
    }

    @Test
    void whatMerelyLooksLikeALeftoverStays() throws IOException {
        String random = "0123456789abcdef";
        List<String> others = List.of(
                ".model.safetensors." + random + ".stsw-tmX",
                ".model.safetensorX." + random + ".stsw-tmp",
                ".model.safetensors.0" + random + ".stsw-tmp");
        for (String name : others) {
            Files.createFile(folder.resolve(name));
        }
        Path locked = Files.createFile(folder.resolve(".model.safetensors." + random + ".stsw-tmp"));
        try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            write(WriteOptions.defaults(), FileChannel::open);
            assertThat(locked).exists();
        }
        write(WriteOptions.defaults(), FileChannel::open);
        List<String> left = new ArrayList<>(others);
        left.add("model.safetensors");
        assertThat(Models.namesIn(folder)).containsExactlyInAnyOrderElementsOf(left);
        Leftovers.clean(new Target(target, folder.resolve("missing"), Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a deleted file keeps its name there as long as it is open")
    void aTemporaryThatCannotBeDeletedIsClosedAllTheSame(boolean direct) throws IOException {
        AtomicFile file = AtomicFile.create(target, FileChannel::open);
        if (direct) {
            file.bypassCache();
        }
        Files.delete(file.temporaryPath());
        Path stubborn = Files.createDirectory(file.temporaryPath());
        Files.createFile(stubborn.resolve("file"));
        assertThatThrownBy(file::close).isInstanceOf(DirectoryNotEmptyException.class);
        nothingOfTheFolderIsOpen();
    }

    /// A channel takes memory of its own for it, at any place.
    @Test
    void aBufferInTheHeapIsNeverWrittenDirectly() throws IOException {
        byte[] bytes = new byte[2 * DirectIo.GRANULE];
        Arrays.fill(bytes, (byte) 7);
        try (AtomicFile file = AtomicFile.create(target, FileChannel::open)) {
            file.bypassCache();
            file.write(ByteBuffer.wrap(bytes), 0);
            file.write(ByteBuffer.wrap(bytes, DirectIo.GRANULE, DirectIo.GRANULE), bytes.length);
            file.publish();
        }
        assertThat(Files.readAllBytes(target)).hasSize(3 * DirectIo.GRANULE).containsOnly(7);
    }

    @Test
    void aDiskWithoutDirectWritesIsWrittenThroughTheCache() throws IOException {
        for (String refusal : List.of("never", "open", "write", "write later")) {
            AtomicFile file = AtomicFile.create(target, (path, options, attributes) -> {
                if (options.contains(StandardOpenOption.CREATE_NEW)) {
                    return FileChannel.open(path, options, attributes);
                }
                if (refusal.equals("open")) {
                    throw new UnsupportedOperationException("no direct writes");
                }
                return new Refusing(
                        path, refusal.equals("never") ? Integer.MAX_VALUE : refusal.equals("write") ? 0 : 1);
            });
            writeDirectly(file, 3);
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no writes go past the cache there")
    void aDirectChannelThatWasClosedEndsTheAttempt() throws IOException {
        AtomicFile file = AtomicFile.create(target, (path, options, attributes) -> {
            FileChannel channel = FileChannel.open(path, options, attributes);
            if (!options.contains(StandardOpenOption.CREATE_NEW)) {
                channel.close();
            }
            return channel;
        });
        assertThatThrownBy(() -> writeDirectly(file, 1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(file::publish).isInstanceOf(IllegalStateException.class);
        file.close();
        assertThat(Models.namesIn(folder)).isEmpty();
    }

    private void writeDirectly(AtomicFile file, int blocks) throws IOException {
        int block = 1 << 16;
        ByteBuffer aligned = ByteBuffer.allocateDirect(3 * block).alignedSlice(block);
        file.bypassCache();
        for (int i = 0; i < blocks; i++) {
            file.write(aligned.clear().limit(block), (long) i * block);
        }
        // Neither this position nor this memory is aligned, and the last is less than a block.
        file.write(aligned.clear().limit(block), (long) blocks * block + 1);
        file.write(aligned.clear().position(1).limit(block + 1), 0);
        file.write(aligned.clear().limit(1), 0);
        file.publish();
        assertThat(Files.size(target)).isEqualTo((blocks + 1L) * block + 1);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    /// Refuses writes after a few.
    private static final class Refusing extends Disk {
        private int left;

        Refusing(Path path, int left) throws IOException {
            super(path, Set.of(StandardOpenOption.WRITE));
            this.left = left;
        }

        @Override
        public synchronized int write(ByteBuffer source, long position) throws IOException {
            if (left-- <= 0) {
                throw new IOException("Invalid argument");
            }
            return super.write(source, position);
        }
    }

    @Test
    void fileSystemsWithoutModesOwnersAndForcesAreWrittenToo() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("archive.zip"), Map.of("create", "true"))) {
            Path inside = Files.writeString(zip.getPath("/model.safetensors"), "old");
            Target at = Target.resolve(inside);
            assertThat(at.replaced()).isEmpty();
            try (Folder none = Folder.open(at.folder())) {
                none.force(at);
            }
            Files.createFile(zip.getPath("/.model.safetensors.stsw-partial"));
            Temporary.Opener outside = (path, options, attributes) ->
                    FileChannel.open(folder.resolve("outside"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try (Temporary found = Partials.open(at, outside)) {
                assertThat(found.kept()).isTrue();
                // Windows, like this, has no direct I/O either.
                found.openDirectly();
                assertThat(found.writeDirectly(ByteBuffer.allocateDirect(DirectIo.GRANULE), 0))
                        .isZero();
            }
        }
    }
}
