package dev.stsw;

import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Failure;
import dev.stsw.stream.Verification.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Compares the checksums of tensors through the file's channel and a few buffers: never through a mapping, which
/// kills the virtual machine if the file is cut.
final class Verifier {
    private Verifier() {}

    /// Checks every checksum, in the order of the bytes.
    static Verification verify(OpenFile file, Header header, ProgressListener progress) throws IOException {
        Optional<Checksums> checksums = header.checksums();
        if (checksums.isEmpty()) {
            return new Verification(
                    file.name(), Outcome.UNPROVEN, 0, List.of(), Optional.of("no checksums: nothing was proved"));
        }
        Optional<String> problem = checksums.get().problem();
        if (problem.isPresent()) {
            return new Verification(file.name(), Outcome.DAMAGED, 0, List.of(), problem);
        }
        List<TensorMeta> tensors = header.inOrderOfBytes();
        long[] ends = new long[tensors.size()];
        int[] expected = new int[ends.length];
        for (int i = 0; i < ends.length; i++) {
            TensorMeta tensor = tensors.get(i);
            ends[i] = tensor.offsetEnd();
            expected[i] = (int) tensor.crc32().orElseThrow();
        }
        int[] actual = RangeSums.of(file, header.dataStart(), ends, new NamedProgress(progress, tensors));
        file.requireUnchangedSize();
        List<Failure> failures = new ArrayList<>();
        for (int i = 0; i < ends.length; i++) {
            if (actual[i] != expected[i]) {
                failures.add(new Failure(
                        tensors.get(i), Integer.toUnsignedLong(expected[i]), Integer.toUnsignedLong(actual[i])));
            }
        }
        Outcome outcome = failures.isEmpty() ? Outcome.INTACT : Outcome.DAMAGED;
        return new Verification(file.name(), outcome, ends.length, failures, Optional.empty());
    }

    /// The CRC-32 of one tensor's bytes.
    static long crc32(OpenFile file, long dataStart, TensorMeta tensor) throws IOException {
        long[] ends = {tensor.byteSize()};
        int[] crc = RangeSums.of(file, dataStart + tensor.offsetBegin(), ends, (done, total) -> {});
        file.requireUnchangedSize();
        return Integer.toUnsignedLong(crc[0]);
    }
}
