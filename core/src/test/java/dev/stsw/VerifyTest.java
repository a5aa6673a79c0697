package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.FileChangedException;
import dev.stsw.format.HeaderException;
import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {
    @TempDir
    Path folder;

    private Path dumped(WriteOptions options) throws IOException {
        Path file = folder.resolve("model.safetensors");
        Stsw.dump(Models.small(3), file, options);
        return file;
    }

    @Test
    void anIntactFileVerifies() throws IOException {
        Path file = dumped(WriteOptions.defaults().withCrc32(true).withMetadata(Map.of("a", "b")));
        Verification found = Stsw.verify(file);
        assertThat(found.ok()).isTrue();
        assertThat(found)
                .isEqualTo(new Verification(file.toString(), Outcome.INTACT, 2, List.of(), java.util.Optional.empty()));
    }

    @Test
    void withoutChecksumsNothingIsProved() throws IOException {
        Verification found = Stsw.verify(dumped(WriteOptions.defaults()));
        assertThat(found.ok()).isFalse();
        assertThat(found.outcome()).isEqualTo(Outcome.UNPROVEN);
        assertThat(found.problem()).hasValue("no checksums: nothing was proved");
    }

    @Test
    void everyFlippedBitOfAFileOf4096BytesIsFound() throws IOException {
        Map<String, Tensor> tensors = Models.small(3);
        tensors.put("filling", Tensor.of(new byte[3_740]));
        Path file = folder.resolve("model.safetensors");
        Stsw.dump(tensors, file, WriteOptions.defaults().withCrc32(true).withMetadata(Map.of("format", "pt")));
        byte[] good = Files.readAllBytes(file);
        assertThat(good).hasSize(4096);
        assertThat(Stsw.verify(file).ok()).isTrue();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int bit = 0; bit < good.length * 8; bit++) {
                byte[] bad = {(byte) (good[bit / 8] ^ 1 << bit % 8)};
                channel.write(java.nio.ByteBuffer.wrap(bad), bit / 8);
                assertThat(verifies(file))
                        .as("with bit %d of byte %d flipped", bit % 8, bit / 8)
                        .isFalse();
                channel.write(java.nio.ByteBuffer.wrap(good, bit / 8, 1), bit / 8);
            }
        }
        assertThat(Stsw.verify(file).ok()).isTrue();
    }

    private static boolean verifies(Path file) throws IOException {
        try {
            return Stsw.verify(file).ok();
        } catch (HeaderException e) {
            return false;
        }
    }

    @Test
    void eachDamagedTensorIsListedInTheOrderOfTheBytes() throws IOException {
        Path file = dumped(WriteOptions.defaults().withCrc32(true));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        bytes[bytes.length - 61] ^= 1;
        Files.write(file, bytes);
        Verification found = Stsw.verify(file);
        assertThat(found.outcome()).isEqualTo(Outcome.DAMAGED);
        assertThat(found.checked()).isEqualTo(2);
        assertThat(found.failures())
                .extracting(failure -> failure.tensor().name())
                .containsExactly("bias", "weight");
        assertThat(found.failures()).allMatch(failure -> failure.expected() != failure.actual());
    }

    @Test
    void aChangedHeaderSaysThatTheChecksumsMayBeStale() throws IOException {
        Path file = dumped(WriteOptions.defaults().withCrc32(true));
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        bytes[header.indexOf("\"bias\"") + 1] = 'x';
        Files.write(file, bytes);
        Verification found = Stsw.verify(file);
        assertThat(found.outcome()).isEqualTo(Outcome.DAMAGED);
        assertThat(found.checked()).isZero();
        assertThat(found.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("stale checksums"));
    }

    @Test
    void progressEndsAtTheSizeOfTheData() throws IOException {
        Path file = folder.resolve("big");
        Models.constant(file, 1_000_000, 1);
        List<Long> heard = new ArrayList<>();
        Stsw.verify(file, (done, total) -> {
            assertThat(total).isEqualTo(4_000_000);
            heard.add(done);
        });
        assertThat(heard).isSorted().hasSizeGreaterThan(1).endsWith(4_000_000L);
    }

    @Test
    void aFileThatIsCutOrGrowsMeanwhileIsReported() throws IOException {
        for (long change : List.of(-2_000_000L, -1L, 1L)) {
            Path file = folder.resolve("changing");
            Models.constant(file, 1_000_000, 0);
            long size = Files.size(file);
            // The last byte is a zero, and a cut inside a page reads as one.
            assertThatThrownBy(() -> Stsw.verify(file, (done, total) -> {
                        if (change < -1 || done == total) {
                            resize(file, size + change);
                        }
                    }))
                    .isInstanceOf(FileChangedException.class)
                    .hasMessageContaining(Long.toString(size + change))
                    .hasMessageContaining(Long.toString(size));
        }
    }

    private static void resize(Path file, long size) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
            if (channel.size() < size) {
                channel.write(java.nio.ByteBuffer.allocate(1), size - 1);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
