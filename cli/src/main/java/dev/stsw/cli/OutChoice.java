package dev.stsw.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that say where a command writes to that changes one input: to another file, or in its place.
final class OutChoice {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "The file to write, or - for standard output; what is to be said goes to stderr then.")
    private Optional<Path> out = Optional.empty();

    @Option(names = "--in-place", description = "Replace the file IN, when all has been written.")
    private boolean inPlace;

    boolean inPlace() {
        return inPlace;
    }

    /// @throws WrongUsage if it is not clear
    Path of(Path in) {
        if (inPlace && out.isPresent()) {
            throw new WrongUsage("--in-place and -o contradict each other: leave one out");
        }
        if (!inPlace) {
            return out.orElseThrow(() -> new WrongUsage("where to? -o OUT names the file to write"));
        }
        if (!Files.isRegularFile(in)) {
            throw new WrongUsage("--in-place is for one file: -o OUT names another");
        }
        return in;
    }
}
