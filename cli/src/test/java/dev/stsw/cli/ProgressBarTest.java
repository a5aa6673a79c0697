package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressBarTest {

    @Test
    void theLineSaysBytesRateAndTimeLeft() {
        assertThat(ProgressBar.line("m.safetensors", 3_000_000_000L, 12_000_000_000L, Duration.ofSeconds(2), 100))
                .isEqualTo("m.safetensors  [######------------------] 25%  3.0 GB of 12.0 GB  1.5 GB/s  6.0 s left");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 20, 60, 75, 80})
    void theLineFitsIntoTheTerminal(int columns) {
        String line = ProgressBar.line("a-very-long-name/model.safetensors", 1, 2, Duration.ofSeconds(1), columns);
        assertThat(line.length()).isLessThan(columns);
    }

    @Test
    void beginningAndEndNeedNoRate() {
        assertThat(ProgressBar.line("m", 0, 5, Duration.ZERO, 80)).endsWith(" 0%  0 B of 5 B  -");
        assertThat(ProgressBar.line("m", 0, 0, Duration.ZERO, 80)).contains(" 100%  0 B of 0 B");
    }

    @Test
    void withoutATerminalNothingIsDrawn() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Output out = new Output(new ByteArrayOutputStream());
        draw(Terminal.plain(out, err));
        assertThat(bytes.size()).isZero();
        draw(new Terminal(out, err, false, false, true, 80));
        assertThat(bytes.toString(StandardCharsets.UTF_8)).contains(" 100%").endsWith("\r\u001b[K");
    }

    private static void draw(Terminal terminal) {
        try (ProgressBar bar = ProgressBar.on(terminal, "m")) {
            long end = System.nanoTime() + Duration.ofMillis(150).toNanos();
            while (System.nanoTime() < end) {
                bar.progress(1, 1);
            }
        }
    }
}
