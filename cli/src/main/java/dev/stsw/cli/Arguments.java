package dev.stsw.cli;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The arguments as they were typed.
///
/// On Windows, Java's launcher gets them in the ANSI code page: a character that is not in there becomes a question
/// mark, and a question mark whatever file matches it. Environment variables are not translated, so launchers for
/// Windows hand the arguments over in one, and say in the property `stsw.arguments` how they are written there.
final class Arguments {
    private static final String VARIABLE = "STSW_ARGUMENTS";

    private Arguments() {}

    /// @param given what Java's launcher understood
    static String[] of(String[] given) {
        String form = System.getProperty("stsw.arguments");
        if (form == null) {
            return given; // everywhere but on Windows
        }
        return parse(form, System.getenv(VARIABLE)).toArray(String[]::new);
    }

    /// @param form `list`: each argument percent-encoded, with one space between; `line`: as `cmd` passed them on
    static List<String> parse(String form, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            return List.of();
        }
        return switch (form) {
            case "list" -> decoded(text);
            case "line" -> expanded(text);
            default -> throw new IllegalArgumentException("stsw.arguments is '" + form + "', not list or line");
        };
    }

    private static List<String> decoded(String text) {
        List<String> arguments = new ArrayList<>();
        for (String word : text.split(" ", -1)) {
            arguments.add(URLDecoder.decode(word, StandardCharsets.UTF_8));
        }
        return arguments;
    }

    private static List<String> expanded(String line) {
        List<String> arguments = new ArrayList<>();
        for (WindowsWords.Word word : WindowsWords.split(line)) {
            if (word.quoted() || word.text().startsWith("-")) {
                arguments.add(word.text());
            } else {
                arguments.addAll(files(word.text()));
            }
        }
        return arguments;
    }

    /// The files that match, because `cmd` leaves that to programs; the word itself if there is none.
    private static List<String> files(String word) {
        int name = Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1;
        String pattern = word.substring(name);
        if (pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0) {
            return List.of(word);
        }
        List<String> found = new ArrayList<>();
        Glob glob = Glob.of(pattern);
        DirectoryStream.Filter<Path> matching =
                file -> glob.test(String.valueOf(file.getFileName())) && !Files.isHidden(file);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(word.substring(0, name)), matching)) {
            files.forEach(file -> found.add(word.substring(0, name) + file.getFileName()));
        } catch (IOException | InvalidPathException e) {
            return List.of(word); // whoever takes it for a file will say what is wrong
        }
        found.sort(null);
        return found.isEmpty() ? List.of(word) : found;
    }
}
