package dev.stsw.cli;

import java.util.List;
import java.util.concurrent.Callable;

/// The commands, a line each. Each is made when it is needed, because a class that is loaded costs start-up time.
final class Commands {
    /// In the order in which help lists them.
    static final List<String> NAMES =
            List.of("inspect", "verify", "hash", "stats", "convert", "cast", "rename", "split", "selftest");

    private Commands() {}

    /// @param name one of [#NAMES]
    static Callable<Integer> make(String name, RootCommand root) {
        return switch (name) {
            case "inspect" -> new InspectCommand(root);
            case "verify" -> new VerifyCommand(root);
            case "hash" -> new HashCommand(root);
            case "stats" -> new StatsCommand(root);
            case "convert" -> new ConvertCommand(root);
            case "cast" -> new CastCommand(root);
            case "rename" -> new RenameCommand(root);
            case "split" -> new SplitCommand(root);
            case "selftest" -> new SelftestCommand(root);
            default -> throw new IllegalArgumentException("no command " + name);
        };
    }
}
