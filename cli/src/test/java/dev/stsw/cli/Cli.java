package dev.stsw.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Runs commands in this process, and finds what they are tried on.
final class Cli {
    static final Path ROOT = Path.of(System.getProperty("stsw.root"));
    static final Path EXAMPLE = ROOT.resolve("examples/tiny-transformer.pt");

    private Cli() {}

    /// What a command did.
    ///
    /// @param exitCode what the process would have ended with
    /// @param out all of stdout
    /// @param err all of stderr
    record Result(int exitCode, String out, String err) {}

    static Result run(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = Terminal.plain(new Output(out), new PrintStream(err, true, StandardCharsets.UTF_8));
        String[] words = List.of(arguments).stream().map(Object::toString).toArray(String[]::new);
        int exitCode = Main.run(terminal, words);
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// A file's name as JSON has it.
    static String json(Path file) {
        return "\"" + file.toString().replace("\\", "\\\\") + "\"";
    }

    /// Puts files or folders of the project where commands run that name them. No links: Windows lets few people make
    /// them.
    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /// Names of all files in a folder, sorted.
    static List<String> files(Path folder) {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A file of header text (its length in front) and data.
    static Path write(Path file, String json, int dataBytes) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        var bytes = java.nio.ByteBuffer.allocate(8 + header.length + dataBytes)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header);
        return Files.write(file, bytes.array());
    }
}
