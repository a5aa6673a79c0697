package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Headers that do not fit, or hardly, into a heap of 64 MB: one line says so, soon.
@Timeout(120)
class SmallHeapTest {
    @TempDir
    Path folder;

    private Path header(byte[] json, int length) throws IOException {
        Path file = folder.resolve("large.safetensors");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length)
                    .array());
            out.write(json);
            byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
            for (int left = length - json.length; left > 0; left -= spaces.length) {
                out.write(spaces, 0, Math.min(left, spaces.length));
            }
        }
        return file;
    }

    private Cli.Result stsw(String command, Path file) throws Exception {
        List<String> program = new ArrayList<>(Program.stsw(List.of(command, file.toString())));
        program.add(1, "-Xmx64m");
        return Program.run(folder, program);
    }

    private static void assertOneLine(Cli.Result result, String sentence) {
        assertThat(result.exitCode()).isIn(1, 2);
        assertThat(result.err().lines()).as(result.err()).hasSize(1);
        assertThat(result.err()).contains(sentence);
    }

    @Test
    void aMillionTensorsNeedMoreThanThat() throws Exception {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 1_000_000; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("\"layer.")
                    .append(i)
                    .append(".w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        byte[] bytes = json.append('}').toString().getBytes(StandardCharsets.US_ASCII);
        Path file = header(bytes, bytes.length);
        for (String command : List.of("inspect", "verify")) {
            assertOneLine(stsw(command, file), "out of memory: the header needs more than the heap");
        }
    }

    @Test
    void theLargestHeaderNeedsMoreThanThat() throws Exception {
        assertOneLine(stsw("inspect", header(new byte[] {'{', '}'}, 100_000_000)), "out of memory");
    }

    @Test
    void oneByteMoreAndDeepNestingAreRefusedForWhatTheyAre() throws Exception {
        assertOneLine(
                stsw("inspect", header(new byte[] {'{', '}'}, 100_000_001)),
                "more than the format's limit of 100000000");
        byte[] deep = ("{\"a\":" + "[".repeat(100_000)).getBytes(StandardCharsets.US_ASCII);
        assertOneLine(stsw("verify", header(deep, deep.length)), "large.safetensors");
    }
}
