package dev.stsw.spark;

import dev.stsw.format.Checksums;
import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** What {@link Benchmark} reads: a zoo of like files in one folder, and two sparse files of one tensor each, with checksums. */
final class BenchmarkFiles {
    static final int FILES = 40;

    private static final int LAYERS = 12;

    private final Path folder;
    private final int megabytes;

    private BenchmarkFiles(Path folder, int megabytes) {
        this.folder = folder;
        this.megabytes = megabytes;
    }

    static BenchmarkFiles write(Path folder, int megabytes) throws IOException {
        BenchmarkFiles files = new BenchmarkFiles(folder, megabytes);
        int rows = Math.max(1, Math.toIntExact(megabytes * 1_000_000L / FILES / LAYERS / 400));
        Path first = Zoo.write(Path.of(files.all().get(0)), true, Zoo.layers("layer", LAYERS, rows));
        for (String other : files.all().subList(1, FILES)) {
            Files.copy(first, Path.of(other));
        }
        sparse(Path.of(files.sparse()), files.sparseMegabytes() * 1_000_000);
        sparse(Path.of(files.tensor()), files.tensorMegabytes() * 1_000_000);
        return files;
    }

    String zoo() {
        return folder.resolve("zoo").toString();
    }

    /** Each file of the zoo. */
    List<String> all() {
        return IntStream.range(0, FILES)
                .mapToObj(i -> String.format(Locale.ROOT, "%s/model%02d.safetensors", zoo(), i))
                .toList();
    }

    long zooBytes() {
        return FILES * Path.of(all().get(0)).toFile().length();
    }

    int fileMegabytes() {
        return megabytes / FILES;
    }

    /** Makes three files of one. */
    long shardBytes() {
        return megabytes * 1_000_000L / FILES / 12 * 5;
    }

    String sparse() {
        return folder.resolve("sparse/model.safetensors").toString();
    }

    long sparseMegabytes() {
        return 10L * megabytes;
    }

    String tensor() {
        return folder.resolve("tensor/model.safetensors").toString();
    }

    long tensorMegabytes() {
        return 3L * megabytes;
    }

    /** Nothing but a header is on the disk. */
    private static void sparse(Path file, long bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Header header = Header.of(List.of(TensorSpec.of("t", DType.U8, bytes)), null, 8, true);
        byte[] head = header.toBytes();
        header.checksums().orElseThrow().seal(head, new long[] {crcOfZeros(bytes)});
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(head));
            channel.write(ByteBuffer.wrap(new byte[1]), head.length + bytes - 1);
        }
    }

    private static long crcOfZeros(long bytes) {
        long crc = 0;
        long ofLength = Zoo.crc(new byte[1]);
        for (long rest = bytes, length = 1; rest > 0; rest >>= 1, length <<= 1) {
            if ((rest & 1) == 1) {
                crc = Checksums.combine(crc, ofLength, length);
            }
            ofLength = Checksums.combine(ofLength, ofLength, length);
        }
        return crc;
    }
}
