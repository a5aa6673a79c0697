package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;

/// What the launcher runs to make the cache of classes for the commands that only read: whatever runs here starts
/// quickly later. A class that is loaded here and not there costs each start, so this does no more than those
/// commands do.
final class Training {
    private Training() {}

    /// Runs the commands on files in a folder that it makes, and removes in the end.
    ///
    /// @param args the folder
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectory(Path.of(args[0]));
        Path safetensors = folder.resolve("training.safetensors");
        Path checkpoint = folder.resolve("training.pt");
        try {
            Files.write(safetensors, smallFile());
            try (InputStream resource = Training.class.getResourceAsStream("selftest.pt")) {
                Files.write(checkpoint, Objects.requireNonNull(resource).readAllBytes());
            }
            Terminal terminal = Terminal.ofProcess();
            Main.run(terminal, "--version");
            Main.run(terminal, "inspect", safetensors.toString(), checkpoint.toString());
            Main.run(terminal, "inspect", "--json", safetensors.toString(), checkpoint.toString());
            Main.run(terminal, "verify", safetensors.toString());
            Main.run(terminal, "verify", "--json", safetensors.toString());
            Main.run(terminal, "verify", "--structure-only", safetensors.toString());
        } finally {
            Files.deleteIfExists(safetensors);
            Files.deleteIfExists(checkpoint);
            Files.delete(folder);
        }
    }

    /// By hand, because a writer would bring all of its own classes along. Its data is zeros.
    private static byte[] smallFile() {
        List<TensorSpec> tensors = List.of(TensorSpec.of("a", DType.F32, 2, 1), TensorSpec.of("b", DType.I64));
        Header header = Header.of(tensors, Map.of("format", "pt"), Header.PREFIX_BYTES, true);
        byte[] start = header.toBytes();
        CRC32 crc = new CRC32();
        crc.update(new byte[Long.BYTES]);
        header.checksums().orElseThrow().seal(start, new long[] {crc.getValue(), crc.getValue()});
        return Arrays.copyOf(start, start.length + (int) header.dataSize());
    }
}
