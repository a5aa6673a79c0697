package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A header above the format's limit of 100,000,000 bytes, which the reference refuses: its tensors can be saved.
class LargeHeaderTest {
    private static final String JSON = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}";

    @TempDir
    Path folder;

    /// Most of the header is spaces, so that the test needs no large heap.
    private Path write() throws IOException {
        Path file = folder.resolve("in.safetensors");
        byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = Files.newOutputStream(file)) {
            long length = JSON.length() + 96L * spaces.length + 1;
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length)
                    .array());
            out.write(JSON.getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 96; i++) {
                out.write(spaces);
            }
            out.write(new byte[] {'}', 1, 2});
        }
        return file;
    }

    @Test
    void isCalledThatAndItsTensorsAreWrittenAnew() throws IOException {
        Path in = write();
        for (String command : new String[] {"inspect", "verify"}) {
            Cli.Result result = Cli.run(command, in);
            assertThat(result.err().lines())
                    .singleElement()
                    .asString()
                    .contains("more than the format's limit of 100000000")
                    .contains("--max-shard-size")
                    .doesNotContain("not a safetensors file");
            assertThat(result.exitCode()).isEqualTo(ExitCode.BAD);
        }
        Cli.Result split = Cli.run("convert", in, folder.resolve("out"), "--max-shard-size", "1B", "--crc32");
        assertThat(split.err()).isEmpty();
        assertThat(split.exitCode()).isZero();
        assertThat(split.out()).contains("repaired: rejected by the reference: its header has 100663");
        assertThat(Cli.files(folder.resolve("out")))
                .containsExactly(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
        assertThat(Cli.run("verify", folder.resolve("out")).exitCode()).isZero();
    }

    @Test
    void aCutOneIsCalledTruncated() throws IOException {
        Path in = write();
        try (var from = Files.newInputStream(in)) {
            Path cut = Files.write(folder.resolve("cut.safetensors"), from.readNBytes(1000));
            assertThat(Cli.run("inspect", cut).err()).contains("the file ends at byte 1000: it is truncated");
        }
    }
}
