package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputTest {
    @TempDir
    Path folder;

    private static OutputStream failing(String message) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        };
    }

    @Test
    void aFailedWriteIsNoticed() {
        Output out = new Output(failing("No space left on device"));
        out.line("text");
        Output.Closed fault = catchThrowableOfType(Output.Closed.class, out::flush);
        assertThat(fault).hasMessage("No space left on device");
        assertThat(fault.isBrokenPipe()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.logging", "java.base"})
    void whatTheLibraryWarnsOfIsOneLine(String modules) throws Exception {
        List<String> command = new ArrayList<>(Program.java(WarningMain.class.getName()));
        command.addAll(1, List.of("--limit-modules", modules, "-Duser.language=de"));
        Cli.Result result = Program.run(folder, command);
        assertThat(result.err()).isEqualTo("stsw: warning: the new file is another's" + System.lineSeparator());
    }

    static final class WarningMain {
        public static void main(String[] args) {
            Main.main(new String[] {"--version"});
            System.getLogger("dev.stsw.Any").log(System.Logger.Level.WARNING, "the new file is another's");
        }
    }

    @Test
    void aClosedPipeEndsTheProgramQuietly() throws Exception {
        Path err = folder.resolve("err");
        Process process = Program.builder(folder, Program.stsw(List.of("inspect", Cli.EXAMPLE.toString())))
                .redirectError(err.toFile())
                .start();
        process.getInputStream().close();
        assertThat(process.waitFor()).isZero();
        assertThat(err).isEmptyFile();
    }

    @Test
    void itIsTheSystemThatSaysHowAClosedPipeIsCalled() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String words = BrokenPipe.words().get(0);
        int exitCode = Main.run(terminal(failing(words), err), "--help");
        assertThat(exitCode).isZero();
        assertThat(err.size()).isZero();
        assertThat(Main.run(terminal(failing("The reader went away"), err), "--help"))
                .isEqualTo(2);
    }

    @Test
    void aConsoleOfWindowsGetsTextInItsCodePage() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Charset console = Windows.console("cp437", "Cp1252").orElseThrow();
        new Output(bytes, true, console).line("\u00fcml\u00e4ut").flush();
        assertThat(bytes.toByteArray()).isEqualTo(new byte[] {(byte) 0x81, 'm', 'l', (byte) 0x84, 'u', 't', '\n'});
        assertThat(Windows.console("cp1252", "Cp1252")).contains(Charset.forName("windows-1252"));
        assertThat(Windows.console("Cp1252", "Cp1252")).as("a file or a pipe").isEmpty();
        assertThat(Windows.console("cp99999", "Cp1252")).isEmpty();
        assertThat(Windows.console(null, null)).isEmpty();
    }

    @Test
    void aFullDiskBehindStandardOutputIsReported() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.run(terminal(failing("No space left on device"), err), "--help");
        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("stsw: standard output: No space left on device\n");
    }

    private static Terminal terminal(OutputStream out, OutputStream err) {
        return Terminal.plain(new Output(out), new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
