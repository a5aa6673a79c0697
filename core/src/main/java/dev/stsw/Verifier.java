package dev.stsw;

import dev.stsw.Verification.Failure;
import dev.stsw.Verification.Outcome;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;

/// Computes the checksums of tensors through the file's channel and one small buffer: never through a mapping, which
/// kills
/// the virtual machine if the file is cut.
final class Verifier {
    private static final int BUFFER_BYTES = 1 << 20;

    private Verifier() {}

    /// Checks every checksum, in the order of the bytes.
    static Verification verify(OpenFile file, Header header, ProgressListener progress) throws IOException {
        Optional<Checksums> checksums = header.checksums();
        if (checksums.isEmpty()) {
            return new Verification(
                    file.path(), Outcome.UNPROVEN, 0, List.of(), Optional.of("no checksums: nothing was proved"));
        }
        Optional<String> problem = checksums.get().problem();
        if (problem.isPresent()) {
            return new Verification(file.path(), Outcome.DAMAGED, 0, List.of(), problem);
        }
        List<TensorMeta> tensors = new ArrayList<>(header.tensors());
        tensors.sort(Comparator.comparingLong(TensorMeta::offsetBegin));
        List<Failure> failures = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer buffer = arena.allocate(BUFFER_BYTES).asByteBuffer();
            for (TensorMeta tensor : tensors) {
                long expected = tensor.crc32().orElseThrow();
                long actual = crc32(
                        file,
                        header.dataStart(),
                        tensor,
                        buffer,
                        done -> progress.progress(tensor.offsetBegin() + done, header.dataSize()));
                if (actual != expected) {
                    failures.add(new Failure(tensor, expected, actual));
                }
            }
        }
        file.requireUnchangedSize();
        Outcome outcome = failures.isEmpty() ? Outcome.INTACT : Outcome.DAMAGED;
        return new Verification(file.path(), outcome, tensors.size(), failures, Optional.empty());
    }

    /// The CRC-32 of one tensor's bytes.
    static long crc32(OpenFile file, long dataStart, TensorMeta tensor) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer buffer = arena.allocate(Math.clamp(tensor.byteSize(), 1, BUFFER_BYTES))
                    .asByteBuffer();
            long crc = crc32(file, dataStart, tensor, buffer, done -> {});
            file.requireUnchangedSize();
            return crc;
        }
    }

    private static long crc32(
            OpenFile file, long dataStart, TensorMeta tensor, ByteBuffer buffer, LongConsumer progress)
            throws IOException {
        CRC32 crc = new CRC32();
        for (long done = 0; done < tensor.byteSize(); ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), tensor.byteSize() - done));
            done += file.read(buffer, dataStart + tensor.offsetBegin() + done);
            crc.update(buffer.flip());
            progress.accept(done);
        }
        return crc.getValue();
    }
}
