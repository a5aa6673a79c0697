package dev.stsw.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The two streams that a command writes to, and what is known about who reads them.
///
/// @param out results
/// @param err progress and diagnostics
/// @param outColor whether results may be coloured
/// @param errColor whether diagnostics may be coloured
/// @param progress whether a progress bar may be drawn on `err`
/// @param columns width of the terminal behind `err`
record Terminal(Output out, PrintStream err, boolean outColor, boolean errColor, boolean progress, int columns) {
    private static final int USUAL_COLUMNS = 80;

    /// Plain streams, nothing coloured or drawn.
    static Terminal plain(Output out, PrintStream err) {
        return new Terminal(out, err, false, false, false, USUAL_COLUMNS);
    }

    /// This process's streams, in UTF-8, but for consoles of Windows, which have a code page of their own. Only the
    /// launcher knows which of them are terminals (`test -t`): Java asks for both
    /// stdin and stdout together, and calling `isatty` by itself would cost half of the start-up time.
    static Terminal ofProcess() {
        Set<String> terminals = Set.of(System.getProperty("stsw.terminal", "").split(",", -1));
        Optional<Charset> console = console("stdout.encoding");
        boolean color = wantsColor(System.getenv());
        return new Terminal(
                new Output(
                        new FileOutputStream(FileDescriptor.out),
                        terminals.contains("out") || console.isPresent(),
                        console.orElse(StandardCharsets.UTF_8)),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err),
                        true,
                        console("stderr.encoding").orElse(StandardCharsets.UTF_8)),
                color && terminals.contains("out"),
                color && terminals.contains("err"),
                terminals.contains("err") && !"dumb".equals(System.getenv("TERM")),
                columns(System.getProperty("stsw.columns", "")));
    }

    private static Optional<Charset> console(String property) {
        return Windows.isHere()
                ? Windows.console(System.getProperty(property), System.getProperty("native.encoding"))
                : Optional.empty();
    }

    /// The same, but results go where diagnostics go: something else is on `out`.
    Terminal withResultsOnErr() {
        return new Terminal(new Output(err, false, err.charset()), err, errColor, errColor, progress, columns);
    }

    /// The same without progress bars.
    Terminal withoutProgress() {
        return new Terminal(out, err, outColor, errColor, false, columns);
    }

    /// As asked for at no-color.org: set, and not empty.
    static boolean wantsColor(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(environment.get("TERM"));
    }

    private static int columns(String text) {
        try {
            int columns = Integer.parseInt(text);
            return columns > 0 ? columns : USUAL_COLUMNS;
        } catch (NumberFormatException e) {
            return USUAL_COLUMNS;
        }
    }

    /// Text in this colour, on `out` if it takes colours.
    String styled(Style style, String text) {
        return outColor ? style.apply(text) : text;
    }

    /// A line of diagnostics, always one line: what a file or a file name brings along is escaped.
    void diagnose(String message) {
        // What was printed before must be read before.
        out.flush();
        String name = errColor ? Style.RED.apply("stsw:") : "stsw:";
        err.print(name + " " + Escapes.printable(message) + "\n");
    }

    /// A few SGR sequences of ECMA-48.
    enum Style {
        BOLD("1"),
        DIM("2"),
        RED("31"),
        GREEN("32"),
        YELLOW("33");

        private final String code;

        Style(String code) {
            this.code = code;
        }

        String apply(String text) {
            return "\u001b[" + code + "m" + text + "\u001b[0m";
        }
    }
}
