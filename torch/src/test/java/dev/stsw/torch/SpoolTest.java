package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deflated storages that are read out of order: where they are unpacked, how much of them, and what stays. */
class SpoolTest {
    private static final int ROWS = 1000;
    private static final CheckpointOptions OPTIONS = CheckpointOptions.defaults();

    @TempDir
    private Path folder;

    @AfterEach
    void clearInterruption() {
        Thread.interrupted();
    }

    private Path transposed(int rows) throws IOException {
        byte[] pickle = PickleBytes.start()
                .tensor("ByteStorage", "0", 100L * rows, 0, new long[] {100, rows}, new long[] {1, 100})
                .stop();
        byte[] data = new byte[100 * rows];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i % 100);
        }
        return Crafted.of(pickle).with("data/0", data).deflated().write(folder);
    }

    private Path scratch() throws IOException {
        return Files.createDirectories(folder.resolve("scratch"));
    }

    private static long filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void theFolderForScratchIsUsedAndLeftEmpty() throws IOException {
        try (Checkpoint checkpoint = Listing.open(transposed(ROWS), OPTIONS.withScratchFolder(scratch()))) {
            byte[] bytes = Listing.bytes(checkpoint, "tensor");
            assertThat(bytes).hasSize(100 * ROWS);
            assertThat(Arrays.copyOf(bytes, ROWS)).containsOnly(0);
            assertThat(Arrays.copyOfRange(bytes, 99 * ROWS, 100 * ROWS)).containsOnly(99);
            assertThat(Listing.bytes(checkpoint, "tensor")).isEqualTo(bytes);
        }
        assertThat(filesIn(scratch())).isZero();
    }

    @Test
    void aFolderThatIsNotThereIsNamed() throws IOException {
        Path missing = folder.resolve("missing");
        try (Checkpoint checkpoint = Listing.open(transposed(ROWS), OPTIONS.withScratchFolder(missing))) {
            assertThatThrownBy(() -> checkpoint.open("tensor"))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageStartingWith(missing + ": cannot unpack a deflated storage there: ");
        }
    }

    @Test
    void storagesThatUnfoldFarBeyondTheFileAreRefusedBeforeTheyAreUnpacked() throws IOException {
        byte[] pickle = PickleBytes.start()
                .tensor("ByteStorage", "0", 68_000_000, 0, new long[] {8}, new long[] {1})
                .stop();
        Path file = Crafted.of(pickle)
                .with("data/0", new byte[68_000_000])
                .deflated()
                .write(folder);
        assertThatThrownBy(() -> Listing.open(file, OPTIONS.withScratchFolder(scratch())))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT))
                .hasMessageContaining("temporary space")
                .hasMessageContaining("--max-output");
        CheckpointOptions enough = OPTIONS.withScratchFolder(scratch()).withMaxOutputBytes(68_000_000);
        try (Checkpoint checkpoint = Listing.open(file, enough)) {
            assertThat(Listing.bytes(checkpoint, "tensor")).containsOnly(0).hasSize(8);
        }
        assertThat(filesIn(scratch())).isZero();
    }

    @Test
    void damageInADeflatedStorageIsFoundAtEachTry() throws IOException {
        Path file = transposed(ROWS);
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        // The last of the CRC-32 in the directory.
        int entry = text.lastIndexOf("archive/data/0") - 46;
        bytes[entry + 16] ^= 1;
        Files.write(file, bytes);
        try (Checkpoint checkpoint = Listing.open(file, OPTIONS.withScratchFolder(scratch()))) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> checkpoint.open("tensor")).hasMessageContaining("CRC-32 expected");
            }
        }
        assertThat(filesIn(scratch())).isZero();
    }

    @Test
    void anInterruptedThreadIsToldSo() throws IOException {
        Path file = transposed(ROWS);
        try (Checkpoint checkpoint = Listing.open(file, OPTIONS.withScratchFolder(scratch()))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> checkpoint.open("tensor"))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageStartingWith("crafted.pt: the thread was interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(filesIn(scratch())).isZero();

        byte[] plain = PickleBytes.start()
                .tensor("ByteStorage", "0", 100, 0, new long[] {100}, new long[] {1})
                .stop();
        Path whole = Crafted.of(plain).with("data/0", new byte[100]).write(folder);
        try (Checkpoint checkpoint = Listing.open(whole);
                ReadableByteChannel bytes = checkpoint.open("tensor")) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> bytes.read(java.nio.ByteBuffer.allocate(100)))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageStartingWith("crafted.pt: the thread was interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Listing.open(whole))
                .isInstanceOf(InterruptedIOException.class)
                .hasMessageStartingWith("crafted.pt: the thread was interrupted");
    }
}
