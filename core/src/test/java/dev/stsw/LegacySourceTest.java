package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.HeaderException;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Files that the Python original really wrote become official ones, or are refused for a reason.
class LegacySourceTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> filesOfBothEditionsConvertOrAreRefused() throws IOException {
        return Stream.of("release", "repository").flatMap(this::filesOf);
    }

    private Stream<DynamicTest> filesOf(String edition) {
        try {
            Map<String, List<String[]>> byFile = Golden.rows("legacy/" + edition + "/legacy.tsv").stream()
                    .collect(Collectors.groupingBy(row -> row[0], LinkedHashMap::new, Collectors.toList()));
            return byFile.entrySet().stream()
                    .map(file -> DynamicTest.dynamicTest(
                            edition + "/" + file.getKey(),
                            () -> converts(Golden.path("legacy/" + edition + "/" + file.getKey()), file.getValue())));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void converts(Path legacy, List<String[]> rows) throws IOException {
        String state = rows.getFirst()[2];
        String checksums = rows.getFirst()[3];
        Path out = folder.resolve("out.safetensors");
        Files.deleteIfExists(out);
        if (!state.equals("complete") && !state.equals("stale-tail")) {
            assertThatThrownBy(() -> convert(legacy, out))
                    .isInstanceOf(HeaderException.class)
                    .hasMessageStartingWith(legacy + ": ");
            assertThat(out).doesNotExist();
        } else if (checksums.startsWith("wrong")) {
            assertThatThrownBy(() -> convert(legacy, out)).isInstanceOf(ChecksumException.class);
            assertThat(out).doesNotExist();
        } else {
            convert(legacy, out);
            Map<String, Tensor> tensors = Stsw.load(out);
            for (String[] row : rows) {
                if (row[1].equals("tensor") && !row[8].equals("-")) {
                    Tensor tensor = tensors.get(Golden.text(row[2]));
                    assertThat(tensor.dtype().name()).isEqualTo(row[3]);
                    assertThat(tensor.shape()).isEqualTo(Golden.shape(row[4]));
                    assertThat(Golden.sha256(tensor.toByteArray())).isEqualTo(row[8]);
                }
            }
            assertThat(Stsw.verify(out).ok()).isTrue();
        }
    }

    private static void convert(Path legacy, Path out) throws IOException {
        try (LegacySource source = LegacySource.open(legacy)) {
            Stsw.write(
                    TensorSources.inReferenceOrder(source),
                    out,
                    WriteOptions.defaults().withCrc32(true));
        }
    }

    @Test
    void theNotesSayWhatWasRepaired() throws IOException {
        try (LegacySource source = LegacySource.open(Golden.path("legacy/release/crc32-xxh32-4.safetensors"))) {
            assertThat(source.notes())
                    .hasSize(3)
                    .anyMatch(note -> note.contains("__version__"))
                    .anyMatch(note -> note.contains("belonged to none"))
                    .anyMatch(note -> note.contains("checksums of 4 tensors"));
            assertThat(source.metadata()).isEmpty();
            assertThat(source.tensors()).extracting(TensorSpec::name).endsWith("xxxxxxxxxlast");
        }
    }

    @Test
    void anUnfinishedFileIsReadIfEveryChecksumHolds() throws IOException {
        String good = new String(
                Files.readAllBytes(Golden.path("legacy/repository/crc32-xxh32-3.safetensors")),
                StandardCharsets.ISO_8859_1);
        // As the original would leave it, had it been killed between its last checksum and the mark's removal.
        Path unfinished = folder.resolve("unfinished");
        String marked = good.replace("{\"__version__\":\"1.0\"", "{\"__incomplete__\":true,\"__version__\":\"1.0\"");
        int added = marked.length() - good.length();
        byte[] bytes = marked.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        length.putLong(0, length.getLong(0) + added);
        Files.write(unfinished, bytes);
        Path out = folder.resolve("out.safetensors");
        convert(unfinished, out);
        try (LegacySource source = LegacySource.open(unfinished)) {
            assertThat(source.notes()).anyMatch(note -> note.contains("marked as unfinished"));
        }
        bytes[bytes.length - 1] ^= 1;
        Files.write(unfinished, bytes);
        assertThatThrownBy(() -> LegacySource.open(unfinished))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("__incomplete__")
                .hasMessageContaining("tensor 'c'");
    }

    @Test
    void xxh32GivesTheSameInPiecesOfAnySize() {
        byte[] bytes = new byte[1000];
        new java.util.Random(1).nextBytes(bytes);
        Xxh32 whole = new Xxh32();
        whole.update(bytes, 0, bytes.length);
        for (int piece = 1; piece < 40; piece++) {
            Xxh32 pieces = new Xxh32();
            for (int at = 0; at < bytes.length; at += piece) {
                pieces.update(bytes, at, Math.min(piece, bytes.length - at));
            }
            assertThat(pieces.getValue()).isEqualTo(whole.getValue());
        }
        assertThat(new Xxh32().getValue()).isEqualTo(0x02cc5d05L);
    }
}
