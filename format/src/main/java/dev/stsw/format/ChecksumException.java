package dev.stsw.format;

import java.util.Locale;

/** A CRC-32 does not match: the data (or the header) is not what was written. */
public final class ChecksumException extends SafetensorsException {
    private static final long serialVersionUID = 1L;

    /** A problem in {@code file}, which the message names first. */
    public ChecksumException(String file, String problem) {
        super(file, problem);
    }

    /** The usual problem: a tensor's bytes have another CRC-32 than the header says. */
    public static ChecksumException ofTensor(String file, TensorMeta tensor, long expected, long actual) {
        return new ChecksumException(
                file,
                String.format(
                        Locale.ROOT,
                        "tensor %s (bytes %d..%d): CRC-32 expected %08x but was %08x",
                        Names.quote(tensor.name()),
                        tensor.offsetBegin(),
                        tensor.offsetEnd(),
                        expected,
                        actual));
    }
}
