package dev.stsw.cli;

import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Failure;
import dev.stsw.stream.Verification.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/// Checks a safetensors file that comes through a pipe, reading each byte once and keeping none.
final class PipedVerifier {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path file;
    private final Pipe pipe;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private int read;

    PipedVerifier(Path file, Pipe pipe) {
        this.file = file;
        this.pipe = pipe;
    }

    /// The header, after the pipe turned out to bring what it promises, no less and no more.
    Header structure() throws IOException {
        Header header = pipe.header();
        readAll(header, (done, total) -> {});
        return header;
    }

    Verification verify(ProgressListener progress) throws IOException {
        Header header = pipe.header();
        Optional<String> problem = header.checksums().flatMap(Checksums::problem);
        if (problem.isPresent()) {
            return new Verification(file.toString(), Outcome.DAMAGED, 0, List.of(), problem);
        }
        List<Failure> failures = readAll(header, progress);
        if (header.checksums().isEmpty()) {
            return new Verification(
                    file.toString(), Outcome.UNPROVEN, 0, List.of(), Optional.of("no checksums: nothing was proved"));
        }
        Outcome outcome = failures.isEmpty() ? Outcome.INTACT : Outcome.DAMAGED;
        return new Verification(file.toString(), outcome, header.tensors().size(), failures, Optional.empty());
    }

    /// How many tensors were read so far.
    int tensors() {
        return read;
    }

    private List<Failure> readAll(Header header, ProgressListener progress) throws IOException {
        List<TensorMeta> tensors = new ArrayList<>(header.tensors());
        tensors.sort(Comparator.comparingLong(TensorMeta::offsetBegin));
        List<Failure> failures = new ArrayList<>();
        for (TensorMeta tensor : tensors) {
            long actual = crc32(tensor, header.dataSize(), progress);
            read++;
            if (tensor.crc32().isPresent() && tensor.crc32().getAsLong() != actual) {
                failures.add(new Failure(tensor, tensor.crc32().getAsLong(), actual));
            }
        }
        pipe.requireEnd();
        return failures;
    }

    private long crc32(TensorMeta tensor, long total, ProgressListener progress) throws IOException {
        CRC32 crc = new CRC32();
        for (long left = tensor.byteSize(); left > 0; ) {
            int count = pipe.read(buffer.clear().limit((int) Math.min(buffer.capacity(), left)));
            if (count < 0) {
                throw pipe.ended(tensor);
            }
            crc.update(buffer.flip());
            left -= count;
            progress.progress(tensor.offsetEnd() - left, total);
        }
        return crc.getValue();
    }
}
