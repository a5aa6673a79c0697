package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a fuzzer calls with any bytes, and {@link MutationTest} with damaged files. */
public final class FuzzTarget {
    private static final CheckpointOptions SMALL = CheckpointOptions.defaults().withMaxOutputBytes(1 << 24);

    private FuzzTarget() {}

    /** Jazzer's entry: -Pfuzz. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path file = Files.createTempFile("stsw-fuzz-", ".pt");
        try {
            readCheckpoint(Files.write(file, input));
        } finally {
            Files.delete(file);
        }
    }

    /** Reads everything; only exceptions that say that the file is bad are good. */
    static void read(Path file) throws IOException {
        readCheckpoint(file);
        readNumpy(file);
    }

    private static void readCheckpoint(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            try {
                Listing.of(Checkpoint.open(channel, SMALL));
            } catch (CheckpointException e) {
                // As it should be.
            }
            try {
                Archive archive = Archive.read(channel, "archive");
                for (String member : archive.members()) {
                    archive.open(member, SMALL).read(ByteBuffer.allocate(1 << 16));
                }
            } catch (CheckpointException e) {
                // As it should be.
            }
        }
    }

    static void readNumpy(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            NumpyArrays.isNumpy(channel);
            Listing.of(NumpyArrays.open(channel, SMALL));
        } catch (CheckpointException e) {
            // As it should be.
        }
    }
}
