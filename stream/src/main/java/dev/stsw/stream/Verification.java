package dev.stsw.stream;

import dev.stsw.format.TensorMeta;
import java.util.List;
import java.util.Optional;

/**
 * What a verification found out about a well-formed file.
 *
 * @param file its name, as the caller gave it
 * @param outcome whether its bytes are the ones that were written
 * @param checked number of tensors whose CRC-32 was computed and compared
 * @param failures the tensors whose CRC-32 did not match, in the order of their bytes
 * @param problem what else is wrong, in one sentence: no checksums, or a header whose own CRC-32 does not match
 */
public record Verification(
        String file, Outcome outcome, int checked, List<Failure> failures, Optional<String> problem) {

    /** Takes a copy of the list. */
    public Verification {
        failures = List.copyOf(failures);
    }

    /** Whether every byte of the file was proved to be what was written. */
    public boolean ok() {
        return outcome == Outcome.INTACT;
    }

    /** What a verification can end in. */
    public enum Outcome {
        /** Every byte is covered by a checksum, and every checksum matches. */
        INTACT,
        /** A checksum does not match. */
        DAMAGED,
        /** The file carries no checksums: nothing was proved. */
        UNPROVEN
    }

    /**
     * A tensor whose data is not what was written.
     *
     * @param tensor where it is
     * @param expected CRC-32 in the header
     * @param actual CRC-32 of the bytes found
     */
    public record Failure(TensorMeta tensor, long expected, long actual) {}
}
