package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputTest {

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
    void whatTheLibraryWarnsOfIsOneLine(String modules, @TempDir Path folder) throws Exception {
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
    void aClosedPipeEndsTheProgramQuietly() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.run(terminal(failing("Broken pipe"), err), "--help");
        assertThat(exitCode).isZero();
        assertThat(err.size()).isZero();
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
