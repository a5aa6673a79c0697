package dev.stsw.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a fuzzer calls with any bytes that may be an {@code .npy} or {@code .npz}. */
public final class NumpyFuzzTarget {
    private NumpyFuzzTarget() {}

    /** Jazzer's entry: -Pfuzz. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path file = Files.createTempFile("stsw-fuzz-", ".npz");
        try {
            FuzzTarget.readNumpy(Files.write(file, input));
        } finally {
            Files.delete(file);
        }
    }
}
