package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EachFileTest {
    /// A command that makes a mistake with its first file.
    private static final class Clumsy extends EachFile {
        private final List<Path> seen = new ArrayList<>();

        Clumsy(RootCommand root) {
            super(root);
        }

        @Override
        ModelFiles files(Path named) throws IOException {
            return ModelFiles.of(named);
        }

        @Override
        Finding look(Path file) {
            seen.add(file);
            if (seen.size() == 1) {
                throw new StackOverflowError();
            }
            throw new IllegalStateException("oops");
        }

        @Override
        Finding look(Path file, Pipe pipe) {
            throw new IllegalStateException();
        }

        @Override
        void print(ModelReport report) {}

        @Override
        void write(Json object, Problem problem) {}
    }

    @Test
    void aMistakeOfOursWithOneFileDoesNotKeepARunFromTheOthers() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = Terminal.plain(
                new Output(new ByteArrayOutputStream()), new PrintStream(err, true, StandardCharsets.UTF_8));
        Clumsy command = new Clumsy(new RootCommand(terminal));
        command.setFiles(List.of(Cli.EXAMPLE, Cli.EXAMPLE, Cli.EXAMPLE));
        assertThat(command.call()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(command.seen).hasSize(3);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("stsw: " + Cli.EXAMPLE + ": internal error: "));
    }
}
