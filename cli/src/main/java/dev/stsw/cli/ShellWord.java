package dev.stsw.cli;

/// A text as one word of a command that a message proposes.
final class ShellWord {
    private ShellWord() {}

    /// Quoted where a shell would take it apart: by single quotes, and on Windows by double ones, which no name of a
    /// file there has.
    static String of(String text) {
        return of(text, Windows.isHere());
    }

    static String of(String text, boolean windows) {
        if (text.matches("[\\w./+,=@%:][\\w./+,=@%:-]*")) {
            return text;
        }
        if (!windows) {
            return "'" + text.replace("'", "'\\''") + "'";
        }
        // Between double quotes, cmd would still look for variables.
        return text.matches("[\\w./\\\\+=@:-]+") ? text : "\"" + text + "\"";
    }
}
