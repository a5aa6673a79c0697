package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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
