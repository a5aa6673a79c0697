package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distributed checkpoints that are incomplete, damaged, or that lie. */
class DistributedHostileTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final MemoryFolder folder = new MemoryFolder();
    private final DistributedPickle metadata = new DistributedPickle();

    /** Two rows of three, in a file of its own. */
    private long piece(String file) {
        byte[] zip = Crafted.of(PickleBytes.start()
                        .tensor("FloatStorage", "0", 6, 0, new long[] {2, 3}, new long[] {3, 1})
                        .stop())
                .with("data/0", new byte[24])
                .zip();
        folder.files.put(file, zip);
        return zip.length;
    }

    /** A tensor of four rows in two pieces. */
    private void twoPieces() {
        metadata.tensor("w", 4, 3)
                .piece(at(0, 0), at(2, 3), "a", 0, piece("a"))
                .piece(at(2, 0), at(2, 3), "b", 0, piece("b"));
    }

    private static long[] at(long... numbers) {
        return numbers;
    }

    private DistributedCheckpoint open() throws IOException {
        folder.files.put(DistributedCheckpoint.METADATA, metadata.bytes());
        return DistributedCheckpoint.open(
                folder,
                DistributedCheckpoint.METADATA,
                CheckpointOptions.defaults().withFileName("dcp"));
    }

    private void read() throws IOException {
        try (DistributedCheckpoint checkpoint = open()) {
            for (TensorSpec tensor : checkpoint.tensors()) {
                Listing.bytes(checkpoint, tensor.name());
            }
        }
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Kind kind) {
        AbstractThrowableAssert<?, ? extends Throwable> refused = assertTimeoutPreemptively(
                SOON,
                () -> assertThatThrownBy(this::read)
                        .isInstanceOfSatisfying(
                                CheckpointException.class,
                                e -> assertThat(e.kind()).isEqualTo(kind))
                        .hasMessageStartingWith("dcp: "));
        assertThat(folder.open).hasValue(0);
        return refused;
    }

    @Test
    void whatTheTestsChangeIsReadWhileUnchanged() throws IOException {
        twoPieces();
        read();
        assertThat(folder.open).hasValue(0);
        assertThat(folder.mostOpen.get()).isPositive();
    }

    @Test
    void aMissingFileIsNamedWithTheTensorAndThePart() {
        twoPieces();
        folder.files.remove("b");
        assertRefused(Kind.CORRUPT)
                .hasMessageContaining(
                        "tensor 'w', its piece [2:4, 0:3] in b (byte 0) is missing: there is no such file");
    }

    @Test
    void aFileThatWasCutIsFoundBeforeAnythingIsRead() {
        twoPieces();
        folder.files.put("b", new byte[100]);
        assertRefused(Kind.CORRUPT).hasMessageContaining("of a file of 100 bytes");
    }

    @Test
    void aPieceWithoutAPlaceIsNamed() {
        metadata.tensor("w", 4, 3).piece(at(0, 0), at(2, 3), "a", 0, piece("a")).piece(at(2, 0), at(2, 3), null, 0, 0);
        assertRefused(Kind.CORRUPT).hasMessageContaining("tensor 'w' lacks its piece [2:4, 0:3]");
    }

    @Test
    void rowsThatNoPieceHoldsAreNamed() {
        metadata.tensor("w", 4, 3).piece(at(0, 0), at(2, 3), "a", 0, piece("a"));
        assertRefused(Kind.CORRUPT).hasMessageContaining("pieces for 6 of its 12 elements; nothing holds [2, 0]");
    }

    @Test
    void piecesThatOverlapAreNamed() {
        metadata.tensor("w", 3, 3)
                .piece(at(0, 0), at(2, 3), "a", 0, piece("a"))
                .piece(at(1, 0), at(2, 3), "b", 0, piece("b"));
        assertRefused(Kind.CORRUPT).hasMessageContaining("overlap: [0:2, 0:3] and [1:3, 0:3]");
    }

    @Test
    void aPieceOutsideOfItsTensorIsRefused() {
        metadata.tensor("w", 4, 3).piece(at(3, 0), at(2, 3), "a", 0, piece("a"));
        assertRefused(Kind.CORRUPT)
                .hasMessageContaining("a piece of size [2, 3] at [3, 0], outside of its shape [4, 3]");
    }

    @Test
    void offsetsAtTheEndOfTheNumbersDoNotWrapAround() {
        metadata.tensor("w", 4).piece(at(Long.MAX_VALUE), at(Long.MAX_VALUE), "a", 0, piece("a"));
        assertRefused(Kind.CORRUPT).hasMessageContaining("outside of its shape");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "/etc/passwd", "..", ".", "", "x/a", "x\\a", "C:a", "a\0b"})
    void filesElsewhereAreRefused(String name) {
        metadata.tensor("w", 2, 3).piece(at(0, 0), at(2, 3), name, 0, piece("a"));
        folder.files.put(name, folder.files.get("a"));
        assertRefused(Kind.HOSTILE).hasMessageContaining("not the plain name of a file in the same folder");
    }

    @Test
    void twoPiecesOfTheSameBytesAreRefused() {
        long length = piece("a");
        metadata.tensor("v", 2, 3).piece(at(0, 0), at(2, 3), "a", 0, length);
        metadata.tensor("w", 2, 3).piece(at(0, 0), at(2, 3), "a", 0, length);
        assertRefused(Kind.HOSTILE).hasMessageContaining("shares bytes with a piece of tensor 'v'");
    }

    @Test
    void aShapeThatItsFilesCannotHoldIsRefused() {
        metadata.tensor("w", 1L << 40).piece(at(0), at(1L << 40), "a", 0, piece("a"));
        assertRefused(Kind.CORRUPT).hasMessageContaining("has a piece [0:1099511627776] of 4398046511104 bytes in ");
    }

    @Test
    void aShapeBeyondAllNumbersIsRefused() {
        metadata.tensor("w", 1L << 40, 1L << 40).piece(at(0, 0), at(1, 1), "a", 0, piece("a"));
        assertRefused(Kind.CORRUPT).hasMessageContaining("a size beyond 64 bits");
    }

    @Test
    void placesBeyondAllNumbersAreRefused() {
        metadata.tensor("w", 2, 3).piece(at(0, 0), at(2, 3), "a", Long.MAX_VALUE, Long.MAX_VALUE);
        assertRefused(Kind.CORRUPT).hasMessageContaining("bytes at byte 9223372036854775807");
        DistributedPickle negative = new DistributedPickle().tensor("w", 2, 3).piece(at(0, 0), at(2, 3), "a", -1, 10);
        folder.files.put(".metadata", negative.bytes());
        assertThatThrownBy(() -> DistributedCheckpoint.open(folder)).hasMessageContaining("at byte -1");
    }

    @Test
    void aPieceOfAnotherShapeOrDtypeIsRefusedWhenItIsRead() {
        metadata.tensor("w", 3, 2).piece(at(0, 0), at(3, 2), "a", 0, piece("a"));
        assertRefused(Kind.CORRUPT)
                .hasMessageContaining("tensor 'w', its piece [0:3, 0:2] in a (byte 0) is of shape [2, 3]");
        metadata.dtype("int32");
        assertRefused(Kind.CORRUPT).hasMessageContaining("is of dtype float32, expected int32");
    }

    @Test
    void transformedPiecesAndThoseOfOtherFormatsAreNamed() {
        metadata.transform("stream_zstd").tensor("w", 2, 3).piece(at(0, 0), at(2, 3), "a", 0, piece("a"));
        assertRefused(Kind.UNSUPPORTED).hasMessageContaining("written through the extension 'stream_zstd'");
        metadata.transform("");
        folder.files.put("a", new byte[folder.files.get("a").length]);
        assertRefused(Kind.UNSUPPORTED).hasMessageContaining("is no archive of torch.save");
    }

    @Test
    void manyPiecesThatOverlapInOneDirectionAreBounded() {
        // Each begins elsewhere and reaches to the end: all have to be compared with all.
        int count = 30_000;
        metadata.tensor("w", count, count);
        for (int i = 0; i < count; i++) {
            metadata.piece(at(i, i), at(count - i, 1), "a", 0, 4L * count);
        }
        folder.files.put("a", new byte[0]);
        assertRefused(Kind.LIMIT).hasMessageContaining("tensor 'w' has 30000 pieces that lie so crosswise");
    }

    @Test
    void whatIsNoMetadataIsNamed() {
        folder.files.put(".metadata", PickleBytes.start().text("x").stop());
        assertThatThrownBy(() -> DistributedCheckpoint.open(folder))
                .hasMessageContaining("not that of a distributed checkpoint: it holds a str");
        folder.files.put(".metadata", new byte[] {'{', '}'});
        assertThatThrownBy(() -> DistributedCheckpoint.open(folder)).hasMessageContaining("it is no pickle");
        folder.files.remove(".metadata");
        assertThatThrownBy(() -> DistributedCheckpoint.open(folder)).hasMessageContaining("it has no .metadata");
    }

    @Test
    void metadataThatRunsCodeIsRefused() {
        folder.files.put(
                ".metadata",
                PickleBytes.start()
                        .global("posix", "system")
                        .op('(')
                        .text("id")
                        .op('t', 'R')
                        .stop());
        assertThatThrownBy(() -> DistributedCheckpoint.open(folder)).hasMessageContaining("refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "flat"})
    void damagedFoldersAreReadOrRefusedSoon(String name) throws IOException {
        MemoryFolder good = MemoryFolder.of(Golden.FOLDER.resolve("distributed").resolve(name));
        Random random = new Random(5);
        CheckpointOptions options = CheckpointOptions.defaults().withKey("").withMaxOutputBytes(1 << 20);
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            MemoryFolder bad = new MemoryFolder();
            bad.files.putAll(good.files);
            String file = i % 2 == 0 ? ".metadata" : "__0_0.distcp";
            byte[] bytes = bad.files.get(file).clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            bad.files.put(file, bytes);
            refused += assertTimeoutPreemptively(SOON, () -> outcome(bad, options));
            assertThat(bad.open).hasValue(0);
        }
        assertThat(refused).isBetween(300, 999);
    }

    private static int outcome(MemoryFolder folder, CheckpointOptions options) throws IOException {
        try (DistributedCheckpoint checkpoint = DistributedCheckpoint.open(folder, ".metadata", options)) {
            Listing.of(checkpoint);
            return 0;
        } catch (CheckpointException e) {
            return 1;
        }
    }

    @Test
    void fewFilesAreOpenAtATime() throws IOException {
        metadata.tensor("w", 400, 3);
        for (int i = 0; i < 200; i++) {
            metadata.piece(at(2L * i, 0), at(2, 3), "f" + i, 0, piece("f" + i));
        }
        try (DistributedCheckpoint checkpoint = open()) {
            assertThat(Listing.bytes(checkpoint, "w")).hasSize(4800);
            assertThat(Listing.atOnce(checkpoint)).hasSize(1);
            assertThat(folder.mostOpen).hasValueLessThan(80);
        }
        assertThat(folder.open).hasValue(0);
    }
}
