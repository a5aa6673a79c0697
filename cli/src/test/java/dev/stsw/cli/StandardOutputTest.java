package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `convert IN -`: the bytes of the file on stdout, everything else on stderr.
class StandardOutputTest {
    @TempDir
    Path folder;

    private record Bytes(int exitCode, ByteArrayOutputStream out, String err) {}

    private static Bytes run(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        return new Bytes(run(new Output(out), err, arguments), out, err.toString(StandardCharsets.UTF_8));
    }

    private static int run(Output out, ByteArrayOutputStream err, Object... arguments) {
        Terminal terminal = Terminal.plain(out, new PrintStream(err, true, StandardCharsets.UTF_8));
        return Main.run(terminal, Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--crc32", "--dtype=bf16", "--include=h.*", "--exclude=*"})
    void theBytesAreThoseOfTheFile(String option) throws IOException {
        Path file = folder.resolve("file.safetensors");
        List<String> words = Stream.of("convert", Cli.EXAMPLE.toString(), "OUT", option)
                .filter(word -> !word.isEmpty())
                .toList();
        Bytes piped = run(words.stream().map(word -> word.replace("OUT", "-")).toArray());
        Bytes written = run(
                words.stream().map(word -> word.replace("OUT", file.toString())).toArray());
        assertThat(piped.exitCode).as(piped.err).isEqualTo(written.exitCode);
        if (written.exitCode == ExitCode.GOOD) {
            assertThat(piped.out.toByteArray()).isEqualTo(Files.readAllBytes(file));
            assertThat(piped.err).contains("wrote -: ");
        }
        assertThat(Cli.files(folder)).hasSize(written.exitCode == ExitCode.GOOD ? 1 : 0);
    }

    @Test
    void checksumsThatWereWrittenThereHold() throws IOException {
        Bytes piped = run("convert", Cli.EXAMPLE, "-", "--crc32", "--json");
        assertThat(piped.err.lines())
                .singleElement()
                .asString()
                .startsWith("{\"file\":")
                .contains("\"output\":\"-\"");
        Path file = Files.write(folder.resolve("piped.safetensors"), piped.out.toByteArray());
        assertThat(Cli.run("verify", file).exitCode()).isZero();
    }

    @Test
    void aDryRunSaysOnStdoutWhatWouldBeWritten() {
        Bytes result = run("convert", Cli.EXAMPLE, "-", "--dry-run");
        assertThat(result.out.toString(StandardCharsets.UTF_8)).contains("- (not written)");
        assertThat(result.err).isEmpty();
    }

    @Test
    void aTerminalGetsNoBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(run(new Output(bytes, true, StandardCharsets.UTF_8), err, "convert", Cli.EXAMPLE, "-"))
                .isEqualTo(ExitCode.UNCHECKED);
        assertThat(bytes.size()).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("that is a terminal");
    }

    @Test
    void aFaultOfTheInputIsOneLineAndNoHalfAnswer() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad"), "short");
        Bytes result = run("convert", bad, "-", "--json");
        assertThat(result.exitCode).isEqualTo(ExitCode.BAD);
        assertThat(result.out.size()).isZero();
        assertThat(result.err.lines()).hasSize(2);
    }

    @Test
    void aFullDiskBehindItIsToldAndAClosedPipeIsNot() {
        assertThat(failing("No space left on device"))
                .isEqualTo(new Cli.Result(2, "", "stsw: standard output: No space left on device\n"));
        assertThat(BrokenPipe.words())
                .isNotEmpty()
                .allSatisfy(words -> assertThat(failing(words)).isEqualTo(new Cli.Result(0, "", "")));
    }

    private static Cli.Result failing(String message) {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = run(new Output(full), err, "convert", Cli.EXAMPLE, "-");
        return new Cli.Result(exitCode, "", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no sh")
    void aPipeThatCannotBeReadTwiceIsRefusedWithItsReason() throws Exception {
        Path in = folder.resolve("in.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, in, "--crc32").exitCode()).isZero();
        Cli.Result result =
                Program.run(folder, List.of("sh", "-c", "cat in.safetensors | " + command("convert - - --crc32")));
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(result.err()).contains("--crc32 to standard output reads the input twice");
        assertThat(Program.run(folder, List.of("sh", "-c", "cat in.safetensors | " + command("convert - -") + " > out"))
                        .exitCode())
                .isZero();
        assertThat(Cli.run("convert", in, folder.resolve("again.safetensors")).exitCode())
                .isZero();
        assertThat(folder.resolve("out")).hasSameBinaryContentAs(folder.resolve("again.safetensors"));
    }

    private static String command(String words) {
        return String.join(" ", Program.stsw(List.of(words.split(" "))));
    }
}
