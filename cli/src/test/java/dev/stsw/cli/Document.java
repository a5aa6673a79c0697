package dev.stsw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A Markdown file, and what can be tested of it.
///
/// @param file where it is
/// @param text its content
record Document(Path file, String text) {
    private static final Pattern FENCE =
            Pattern.compile("(?m)^```(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final Pattern TYPE = Pattern.compile("`([A-Z][a-z][A-Za-z0-9]+)[.`]");

    static Document read(String name) throws IOException {
        Path file = Cli.ROOT.resolve(name);
        return new Document(file, Files.readString(file));
    }

    /// The fenced blocks in a language; of none, for the empty word.
    List<String> blocks(String language) {
        return FENCE.matcher(text)
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /// Files that it links to.
    List<Path> links() {
        return LINK.matcher(text)
                .results()
                .map(link -> file.resolveSibling(link.group(1)))
                .toList();
    }

    /// Java types that it names in code.
    List<String> types() {
        return TYPE.matcher(text)
                .results()
                .map((MatchResult type) -> type.group(1))
                .distinct()
                .toList();
    }
}
