package dev.stsw;

import dev.stsw.Verification.Failure;
import dev.stsw.Verification.Outcome;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;

/// Computes the checksums of tensors through the file's channel and a few buffers: never through a mapping, which
/// kills the virtual machine if the file is cut.
final class Verifier {
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
        long begin = header.dataStart();
        try (Blocks blocks = new Blocks(file, begin, begin + header.dataSize(), progress)) {
            for (TensorMeta tensor : tensors) {
                long expected = tensor.crc32().orElseThrow();
                long actual = blocks.crc32(tensor.byteSize());
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
        try (Blocks blocks = new Blocks(
                file, dataStart + tensor.offsetBegin(), dataStart + tensor.offsetEnd(), (done, total) -> {})) {
            long crc = blocks.crc32(tensor.byteSize());
            file.requireUnchangedSize();
            return crc;
        }
    }

    /// Takes the checksums of tensors that lie one after the other.
    private static final class Blocks implements Closeable {
        private final ReadAhead blocks;
        private final long total;
        private final ProgressListener progress;
        private ByteBuffer block = ByteBuffer.allocate(0);
        private long done;

        Blocks(OpenFile file, long begin, long end, ProgressListener progress) {
            this.blocks = new ReadAhead(file, begin, end);
            this.total = end - begin;
            this.progress = progress;
        }

        /// Of the next so many bytes.
        long crc32(long size) throws IOException {
            CRC32 crc = new CRC32();
            for (long left = size; left > 0; ) {
                if (!block.hasRemaining()) {
                    block = Objects.requireNonNull(blocks.next());
                }
                int limit = block.limit();
                int part = (int) Math.min(left, block.remaining());
                crc.update(block.limit(block.position() + part));
                block.limit(limit);
                left -= part;
                done += part;
                if (!block.hasRemaining()) {
                    progress.progress(done, total);
                }
            }
            return crc.getValue();
        }

        @Override
        public void close() {
            blocks.close();
        }
    }
}
