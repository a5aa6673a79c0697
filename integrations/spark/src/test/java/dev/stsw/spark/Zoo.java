package dev.stsw.spark;

import dev.stsw.format.Checksums;
import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;

/** Makes small models for tests: their bytes are random, but the same in each run. */
final class Zoo {
    private Zoo() {}

    /** The bytes that a tensor of these files has. */
    static byte[] bytes(TensorSpec tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
        new Random(tensor.name().hashCode()).nextBytes(bytes);
        return bytes;
    }

    static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    static Path write(Path file, boolean checksums, TensorSpec... tensors) throws IOException {
        Header header = Header.of(List.of(tensors), Map.of("format", "pt"), 8, checksums);
        byte[] head = header.toBytes();
        long[] sums = new long[tensors.length];
        for (int i = 0; i < tensors.length; i++) {
            sums[i] = crc(bytes(tensors[i]));
        }
        if (checksums) {
            header.checksums().orElseThrow().seal(head, sums);
        }
        Files.createDirectories(file.getParent());
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(head);
            for (TensorSpec tensor : tensors) {
                out.write(bytes(tensor));
            }
        }
        return file;
    }

    /** A layer of each of two dtypes, and an empty tensor at the end. */
    static TensorSpec[] layers(String prefix, int count) {
        return layers(prefix, count, 64);
    }

    /** The same with weights of so many times 400 bytes. */
    static TensorSpec[] layers(String prefix, int count, int rows) {
        TensorSpec[] tensors = new TensorSpec[2 * count + 1];
        for (int i = 0; i < count; i++) {
            tensors[2 * i] = TensorSpec.of(prefix + "." + i + ".weight", DType.F32, rows, 100);
            tensors[2 * i + 1] = TensorSpec.of(prefix + "." + i + ".bias", DType.BF16, 100);
        }
        tensors[2 * count] = TensorSpec.of(prefix + ".empty", DType.I64, 0, 4);
        return tensors;
    }

    static String hex(long crc) {
        return new String(Checksums.digits(crc), java.nio.charset.StandardCharsets.US_ASCII);
    }

    static void flip(Path file, long position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[Math.toIntExact(position)] ^= 1;
        Files.write(file, bytes);
    }
}
