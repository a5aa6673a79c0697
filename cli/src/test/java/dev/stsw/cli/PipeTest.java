package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Sources that are no plain files: each ends with the right exit code, and leaves nothing behind.
@EnabledOnOs(OS.LINUX)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PipeTest {
    @TempDir
    Path folder;

    private Path good;
    private Path fifo;
    private Path out;

    @BeforeEach
    void makeFiles() throws Exception {
        good = folder.resolve("good.safetensors");
        fifo = folder.resolve("fifo");
        out = folder.resolve("out.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, good, "--crc32").exitCode()).isZero();
        run("mkfifo", fifo);
    }

    @Test
    void aPipedFileIsConvertedAsAPlainOne() throws Exception {
        for (List<String> options : List.<List<String>>of(
                List.of(),
                List.of("--crc32"),
                List.of("--dtype", "f32", "--crc32"),
                List.of("--include", "h.*"),
                List.of("--exclude", "wte*", "--rename", "h=z"),
                List.of("--rename", "^(.)=z$1", "--dry-run"))) {
            becomesWhatAPlainFileBecomes(good, options);
        }
    }

    @Test
    void tensorsInAnotherOrderAreKeptAside() throws Exception {
        Path unordered = Cli.write(
                folder.resolve("unordered"),
                "{\"z\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                        + "\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[3,3]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[8,10]},"
                        + "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[3,7]},"
                        + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[7,8]}}",
                0);
        Files.write(unordered, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, StandardOpenOption.APPEND);
        becomesWhatAPlainFileBecomes(unordered, List.of());
        becomesWhatAPlainFileBecomes(unordered, List.of("--crc32", "--exclude", "z"));
    }

    @Test
    void shardsAndCheckpointsComeThroughPipesToo() throws Exception {
        becomesWhatAPlainFileBecomes(Cli.EXAMPLE, List.of("--crc32"));
        Path numpy = Path.of(System.getProperty("stsw.root"), "interop", "golden", "numpy");
        becomesWhatAPlainFileBecomes(numpy.resolve("deflated.npz"), List.of("--crc32"));
        Path shards = folder.resolve("shards");
        Cli.Result result = fed(Files.readAllBytes(good), "convert", fifo, shards, "--max-shard-size", "30K");
        assertThat(result.err()).isEmpty();
        assertThat(Cli.run("verify", "--structure-only", shards).exitCode()).isZero();
    }

    @Test
    void scalesThatComeAfterTheirWeightsAreFoundInAPipeToo() throws Exception {
        Path quantized = Path.of(System.getProperty("stsw.root"), "interop", "golden", "quantized");
        for (String file : List.of("blocks.safetensors", "mxfp4.safetensors", "nvfp4.safetensors")) {
            becomesWhatAPlainFileBecomes(quantized.resolve(file), List.of("--dequantize", "--crc32"));
        }
    }

    @Test
    void aConversionOfAPipeThatBrokeGoesOnWithTheNextPipe() throws Exception {
        byte[] bytes = Files.readAllBytes(good);
        assertThat(Cli.run("convert", good, out, "--crc32").exitCode()).isZero();
        byte[] expected = Files.readAllBytes(out);
        Files.delete(out);
        List<String> before = Cli.files(folder);
        Object[] command = {"convert", fifo, out, "--resume"};
        Cli.Result cut = fed(Arrays.copyOf(bytes, bytes.length - 5000), command);
        assertThat(cut.exitCode()).isEqualTo(ExitCode.BAD);
        List<String> partial = new ArrayList<>(Cli.files(folder));
        partial.removeAll(before);
        assertThat(partial).containsExactly(".out.safetensors.stsw-partial");
        Cli.Result whole = fed(bytes, command);
        assertThat(whole.exitCode()).as(whole.err()).isZero();
        assertThat(Files.readAllBytes(out)).isEqualTo(expected);
        Files.delete(out);
        assertThat(Cli.files(folder)).isEqualTo(before);
    }

    private void becomesWhatAPlainFileBecomes(Path file, List<String> options) throws Exception {
        Cli.Result plain = Cli.run(arguments("convert", file, out, options));
        byte[] expected = Files.exists(out) ? Files.readAllBytes(out) : new byte[0];
        Files.deleteIfExists(out);
        List<String> before = Cli.files(folder);
        Cli.Result piped = fed(Files.readAllBytes(file), arguments("convert", fifo, out, options));
        assertThat(piped.err()).isEqualTo(plain.err());
        assertThat(piped.exitCode()).isEqualTo(plain.exitCode()).isZero();
        assertThat(Files.exists(out) ? Files.readAllBytes(out) : new byte[0])
                .as("%s", options)
                .isEqualTo(expected);
        Files.deleteIfExists(out);
        assertThat(Cli.files(folder)).isEqualTo(before);
    }

    private static Object[] arguments(String command, Path in, Path out, List<String> options) {
        Object[] arguments = new Object[options.size() + 3];
        arguments[0] = command;
        arguments[1] = in;
        arguments[2] = out;
        System.arraycopy(options.toArray(), 0, arguments, 3, options.size());
        return arguments;
    }

    @Test
    void inspectAndVerifyReadPipes() throws Exception {
        byte[] bytes = Files.readAllBytes(good);
        String shown = Cli.run("inspect", good).out();
        assertThat(fed(bytes, "inspect", fifo).out()).isEqualTo(shown.replace(good.toString(), fifo.toString()));
        assertThat(fed(bytes, "verify", fifo).exitCode()).isZero();
        assertThat(fed(bytes, "verify", "--structure-only", fifo).exitCode()).isZero();
        assertThat(fed(Files.readAllBytes(Cli.EXAMPLE), "inspect", "--json", fifo)
                        .out())
                .isEqualTo(Cli.run("inspect", "--json", Cli.EXAMPLE).out().replace(Cli.EXAMPLE.toString(), "" + fifo));
        Cli.run("convert", Cli.EXAMPLE, out);
        assertThat(fed(Files.readAllBytes(out), "verify", fifo).exitCode()).isEqualTo(ExitCode.UNCHECKED);
    }

    @Test
    void aFlippedBitInAPipeIsFound() throws Exception {
        byte[] bytes = Files.readAllBytes(good);
        bytes[bytes.length - 1] ^= 1;
        assertThat(isBad(bytes, "verify", fifo))
                .isEqualTo(Cli.run("verify", write(bytes)).err().replace("written", "fifo"));
        assertThat(isBad(bytes, "convert", fifo, out)).contains("CRC-32 expected");
        assertThat(isBad(bytes, "convert", fifo, out, "--include", "position_ids"))
                .contains("CRC-32 expected");
        bytes[20] ^= 1;
        isBad(bytes, "verify", fifo);
        isBad(bytes, "convert", fifo, out);
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("written"), bytes);
    }

    @Test
    void aShortPipeIsRefusedWithThePlace() throws Exception {
        byte[] bytes = Files.readAllBytes(good);
        for (int length : new int[] {0, 1, 7, 8, 9, 300, 2000, bytes.length - 1}) {
            byte[] cut = Arrays.copyOf(bytes, length);
            String place = length < 9 ? "" : "it ends at byte " + length;
            if (length > 400) {
                assertThat(isBad(cut, "convert", fifo, out)).contains(place);
                assertThat(isBad(cut, "verify", fifo)).contains(place);
            } else {
                isBad(cut, "convert", fifo, out);
                isBad(cut, "inspect", fifo);
            }
        }
    }

    @Test
    void whatFollowsTheLastTensorIsRefused() throws Exception {
        byte[] bytes = Files.readAllBytes(good);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        String problem = "the tensors end at byte " + bytes.length + ", but it goes on";
        assertThat(isBad(longer, "convert", fifo, out)).contains(problem);
        assertThat(isBad(longer, "convert", fifo, out, "--include", "position_ids"))
                .contains(problem);
        assertThat(isBad(longer, "verify", fifo)).contains(problem);
        assertThat(isBad(longer, "verify", "--structure-only", fifo)).contains(problem);
        byte[] empty = Files.readAllBytes(Cli.write(folder.resolve("empty"), "{}", 1));
        assertThat(isBad(empty, "convert", fifo, out)).contains("the tensors end at byte 10");
    }

    @Test
    void otherThingsInAPipeAreNamed() throws Exception {
        assertThat(isBad("{\"weight_map\":{}}".getBytes(StandardCharsets.UTF_8), "convert", fifo, out))
                .contains("index of shards");
        assertThat(isBad("<html>404</html>".getBytes(StandardCharsets.UTF_8), "convert", fifo, out))
                .contains("HTML");
        isBad(Arrays.copyOf(Files.readAllBytes(Cli.EXAMPLE), 5000), "convert", fifo, out);
    }

    /// Standard output and error, and nothing left behind.
    private String isBad(byte[] bytes, Object... arguments) throws Exception {
        List<String> before = Cli.files(folder);
        Cli.Result result = fed(bytes, arguments);
        assertThat(result.exitCode())
                .as(Arrays.toString(arguments) + result.err())
                .isEqualTo(ExitCode.BAD);
        assertThat(result.err().lines()).hasSize(1);
        assertThat(Cli.files(folder)).isEqualTo(before);
        return result.err();
    }

    @Test
    void endlessEmptyAndVirtualFilesAreRefusedAtOnce() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty"));
        List<String> before = Cli.files(folder);
        for (String file : List.of("/dev/zero", "/dev/null", "/proc/self/maps", empty.toString())) {
            for (List<String> command : List.of(
                    List.of("inspect", file), List.of("verify", file), List.of("convert", file, out.toString()))) {
                Cli.Result result = Cli.run(command.toArray());
                assertThat(result.exitCode()).as(command + result.err()).isEqualTo(ExitCode.BAD);
                assertThat(result.err().lines()).hasSize(1);
            }
        }
        assertThat(Cli.files(folder)).isEqualTo(before);
    }

    @Test
    void aNameOf255BytesCanBeRead() throws Exception {
        Path named = Files.copy(good, folder.resolve("n".repeat(255)));
        assertThat(Cli.run("convert", named, out).exitCode()).isZero();
        assertThat(Cli.run("verify", named).exitCode()).isZero();
    }

    @Test
    void aTensorBehindAHoleOfThreeGigabytesIsRead() throws Exception {
        long hole = 3L << 30;
        Path sparse = Cli.write(
                folder.resolve("sparse"),
                "{\"hole\":{\"dtype\":\"U8\",\"shape\":[" + hole + "],\"data_offsets\":[0," + hole + "]},"
                        + "\"end\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[" + hole + "," + (hole + 2)
                        + "]}}",
                0);
        try (FileChannel channel = FileChannel.open(sparse, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {4, 2}), channel.size() + hole);
        }
        assertThat(Cli.run("convert", sparse, out, "--include", "end").exitCode())
                .isZero();
        byte[] bytes = Files.readAllBytes(out);
        assertThat(Arrays.copyOfRange(bytes, bytes.length - 2, bytes.length)).containsExactly(4, 2);
        assertThat(Cli.run("inspect", sparse).exitCode()).isZero();
    }

    @Test
    void standardInputIsADash() throws Exception {
        for (List<String> arguments : List.of(
                List.of("convert", "-", out.toString()),
                List.of("verify", "-"),
                List.of("verify", "-v", "-"),
                List.of("verify", "/dev/stdin"))) {
            Process process = Program.builder(folder, Program.stsw(arguments))
                    .redirectErrorStream(true)
                    .redirectOutput(new File("/dev/null"))
                    .start();
            try (OutputStream stdin = process.getOutputStream()) {
                Files.copy(good, stdin);
            }
            assertThat(process.waitFor()).as("%s", arguments).isZero();
        }
        assertThat(Cli.run("verify", "--structure-only", out).exitCode()).isZero();
        Process process = Program.builder(folder, Program.stsw(List.of("verify", "-")))
                .redirectInput(good.toFile())
                .redirectOutput(new File("/dev/null"))
                .start();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void anInterruptedConversionOfAPipeLeavesNothing() throws Exception {
        List<String> before = Cli.files(folder);
        Process process = Program.builder(folder, Program.stsw(List.of("convert", fifo.toString(), out.toString())))
                .redirectOutput(new File("/dev/null"))
                .start();
        try (OutputStream pipe = Files.newOutputStream(fifo)) {
            pipe.write(Files.readAllBytes(good), 0, 5000);
            pipe.flush();
            while (process.isAlive() && Cli.files(folder).equals(before)) {
                Thread.sleep(5);
            }
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(128 + 15);
        assertThat(Cli.files(folder)).isEqualTo(before);
    }

    @Test
    void aReadOnlyFileSystemCanBeReadFromAndIsNotWrittenTo() throws Exception {
        Path mounted = Files.createDirectory(folder.resolve("mounted"));
        boolean canMount = new ProcessBuilder("mount", "-t", "tmpfs", "none", mounted.toString())
                        .redirectErrorStream(true)
                        .start()
                        .waitFor()
                == 0;
        assumeTrue(canMount, "SKIPPED: cannot mount here, so no read-only file system was tried");
        try {
            Files.copy(good, mounted.resolve("in"));
            run("mount", "-o", "remount,ro", mounted);
            assertThat(Cli.run("convert", mounted.resolve("in"), out).exitCode())
                    .isZero();
            assertThat(Cli.run("verify", mounted.resolve("in")).exitCode()).isZero();
            Cli.Result result = Cli.run("convert", good, mounted.resolve("out"));
            assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
            assertThat(result.err().lines()).singleElement().asString().containsIgnoringCase("read-only file system");
            Cli.Result piped = fed(Files.readAllBytes(Cli.EXAMPLE), "convert", fifo, mounted.resolve("out"));
            assertThat(piped.exitCode()).isEqualTo(ExitCode.UNCHECKED);
            assertThat(piped.err().lines()).singleElement().asString().containsIgnoringCase("read-only file system");
            assertThat(Cli.files(mounted)).containsExactly("in");
        } finally {
            run("umount", mounted);
        }
    }

    /// Runs a command while another thread writes to the pipe, as far as anybody reads.
    private Cli.Result fed(byte[] bytes, Object... arguments) throws InterruptedException {
        Thread writer = Thread.ofPlatform().daemon().start(() -> {
            try (OutputStream pipe = Files.newOutputStream(fifo, StandardOpenOption.WRITE)) {
                pipe.write(bytes);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("Broken pipe");
            }
        });
        Cli.Result result = Cli.run(arguments);
        writer.join();
        return result;
    }

    private static void run(Object... command) throws IOException, InterruptedException {
        List<String> words = Arrays.stream(command).map(Object::toString).toList();
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
                .as("%s", words)
                .isZero();
    }
}
