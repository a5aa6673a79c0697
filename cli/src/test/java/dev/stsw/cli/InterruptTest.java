package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Ctrl-C and SIGTERM in the middle of a conversion.
class InterruptTest {
    private static final long SIZE = 8L << 30;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no signal to send")
    void anInterruptedConversionLeavesTheOldFileAndNothingElse(String signal, int number) throws Exception {
        Path in = sparse(folder.resolve("in.safetensors"));
        Path out = Files.writeString(folder.resolve("out.safetensors"), "old");
        Path err = folder.resolve("err");
        Process process = Program.builder(folder, Program.stsw(List.of("convert", in.toString(), out.toString())))
                .redirectErrorStream(true)
                .redirectOutput(err.toFile())
                .start();
        try {
            while (process.isAlive() && Cli.files(folder).size() == 3) {
                Thread.sleep(5);
            }
            assertThat(Cli.files(folder)).as("a temporary beside the target").hasSize(4);
            send(signal, process);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(128 + number);
        assertThat(err).isEmptyFile();
        assertThat(out).hasContent("old");
        assertThat(Cli.files(folder)).containsExactly("err", "in.safetensors", "out.safetensors");
    }

    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no signal to send")
    void anInterruptedConversionThatCanBeResumedLeavesItsPartialFile(String signal, int number) throws Exception {
        Path in = sparse(folder.resolve("in.safetensors"));
        Path out = Files.writeString(folder.resolve("out.safetensors"), "old");
        Path partial = folder.resolve(".out.safetensors.stsw-partial");
        Process process = Program.builder(
                        folder, Program.stsw(List.of("convert", in.toString(), out.toString(), "--resume")))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("err").toFile())
                .start();
        try {
            while (process.isAlive() && !Files.exists(partial)) {
                Thread.sleep(5);
            }
            send(signal, process);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(128 + number);
        assertThat(out).hasContent("old");
        assertThat(partial).exists();
    }

    /// What a signal that comes before the first byte is written does: the commands of this program start when it ends.
    @Test
    void aConversionThatHasNotBegunWhenTheProcessEndsWritesAndSaysNothing() throws Exception {
        Path in = sparse(folder.resolve("in.safetensors"));
        Path out = folder.resolve("out.safetensors");
        List<String> command = new ArrayList<>(Program.java(ConvertAtTheEndMain.class.getName()));
        command.addAll(List.of(in.toString(), out.toString()));
        Cli.Result result = Program.run(folder, command);
        assertThat(result.out().strip()).isEqualTo("exit code 2");
        assertThat(result.err()).isEmpty();
        assertThat(Cli.files(folder)).containsExactly("in.safetensors");
    }

    static final class ConvertAtTheEndMain {
        public static void main(String[] args) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> System.out.println(
                            "exit code " + Main.run(Terminal.ofProcess(), "convert", args[0], args[1]))));
        }
    }

    @Test
    void aPipeFromWhichNothingComesKeepsNoProcessFromEnding() throws Exception {
        Path out = folder.resolve("out.safetensors");
        Path err = folder.resolve("err");
        List<String> command = new ArrayList<>(Program.java(EndWhileItWritesMain.class.getName()));
        command.addAll(List.of(folder.toString(), "convert", "-", out.toString()));
        Process process = Program.builder(folder, command)
                .redirectErrorStream(true)
                .redirectOutput(err.toFile())
                .start();
        try (OutputStream in = process.getOutputStream()) {
            Path whole = sparse(folder.resolve("in.safetensors"));
            try (InputStream bytes = Files.newInputStream(whole)) {
                in.write(bytes.readNBytes(1 << 16));
            }
            in.flush();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(err).isEmptyFile();
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(Cli.files(folder)).containsExactly("err", "in.safetensors");
    }

    /// As Ctrl-C would, ends the process once there is a temporary file.
    static final class EndWhileItWritesMain {
        public static void main(String[] args) {
            Path folder = Path.of(args[0]);
            Thread end = new Thread(() -> {
                while (folder.toFile().list((in, name) -> name.endsWith(".stsw-tmp")).length == 0) {
                    Thread.onSpinWait();
                }
                System.exit(130);
            });
            end.setDaemon(true);
            end.start();
            Main.main(Arrays.copyOfRange(args, 1, args.length));
        }
    }

    private static void send(String signal, Process process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /// A file with one large tensor, which takes no room on the disk and long enough to copy.
    private static Path sparse(Path file) throws IOException {
        Cli.write(file, "{\"t\":{\"dtype\":\"U8\",\"shape\":[" + SIZE + "],\"data_offsets\":[0," + SIZE + "]}}", 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), Files.size(file) + SIZE - 1);
        }
        return file;
    }
}
