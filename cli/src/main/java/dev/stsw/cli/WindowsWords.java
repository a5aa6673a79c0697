package dev.stsw.cli;

import java.util.ArrayList;
import java.util.List;

/// A command line of Windows as words, by the rules that Microsoft's C runtime gives for `main`: space and tab divide,
/// double quotes hold together, two of them within quotes are one, and backslashes are special before quotes alone.
final class WindowsWords {
    /// An argument.
    ///
    /// @param text its text, without the quotes
    /// @param quoted whether there were any, which keeps `*` and `?` from standing for files
    record Word(String text, boolean quoted) {}

    private final String line;
    private int at;

    private WindowsWords(String line) {
        this.line = line;
    }

    static List<Word> split(String line) {
        WindowsWords words = new WindowsWords(line);
        List<Word> found = new ArrayList<>();
        while (words.skipBlanks()) {
            found.add(words.next());
        }
        return found;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private boolean skipBlanks() {
        while (at < line.length() && isBlank(line.charAt(at))) {
            at++;
        }
        return at < line.length();
    }

    private Word next() {
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        boolean inside = false;
        while (at < line.length() && (inside || !isBlank(line.charAt(at)))) {
            int backslashes = backslashes();
            if (at == line.length() || line.charAt(at) != '"') {
                text.repeat('\\', backslashes);
                if (at < line.length() && (inside || !isBlank(line.charAt(at)))) {
                    text.append(line.charAt(at++));
                }
                continue;
            }
            text.repeat('\\', backslashes / 2);
            at++;
            if (backslashes % 2 == 1) {
                text.append('"');
            } else if (inside && at < line.length() && line.charAt(at) == '"') {
                text.append('"');
                at++;
            } else {
                inside = !inside;
                quoted = true;
            }
        }
        return new Word(text.toString(), quoted);
    }

    private int backslashes() {
        int start = at;
        while (at < line.length() && line.charAt(at) == '\\') {
            at++;
        }
        return at - start;
    }
}
