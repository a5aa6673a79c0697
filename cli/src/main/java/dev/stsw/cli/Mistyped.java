package dev.stsw.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.UnmatchedArgumentException;

/// What is said of a command or an option that there is not, and what may have been meant.
final class Mistyped {
    private Mistyped() {}

    static String describe(UnmatchedArgumentException fault) {
        CommandLine line = fault.getCommandLine();
        String word = fault.getUnmatched().get(0);
        if (word.startsWith("-") && word.length() > 1) {
            return option(line.getCommandSpec(), word.split("=", 2)[0]);
        }
        if (!line.getSubcommands().isEmpty()) {
            return "no command '" + word + "'"
                    + Suggestion.of(word, line.getSubcommands().keySet())
                            .map(near -> ", perhaps '" + near + "'")
                            .orElse("; one of: "
                                    + String.join(", ", line.getSubcommands().keySet()));
        }
        return "'" + word + "' is one argument too many";
    }

    private static String option(CommandSpec command, String word) {
        List<String> names = new ArrayList<>(command.optionsMap().keySet());
        Optional<String> near = Suggestion.of(word, names);
        if (near.isPresent()) {
            return "no option '" + word + "', perhaps '" + near.get() + "'";
        }
        return "no option '" + word + "'" + elsewhere(command, word).orElse("");
    }

    /// Commands that are another one with fewer options lead to it.
    private static Optional<String> elsewhere(CommandSpec command, String word) {
        for (Map.Entry<String, CommandLine> other : command.root().subcommands().entrySet()) {
            if (other.getValue().getCommandSpec().optionsMap().containsKey(word)) {
                return Optional.of("; it is one of stsw " + other.getKey());
            }
        }
        return Optional.empty();
    }
}
