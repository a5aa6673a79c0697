package dev.stsw.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The plainest forms of the commands (`inspect [--json] FILE…`, `verify [--json|--structure-only] FILE…`,
/// `convert [--crc32] [--json] IN OUT`, `--version`), read without picocli, which would take longer to load than most
/// of them take to run. Everything else is picocli's: help, mistakes, abbreviations, `@` files, all other options.
final class Shortcut {
    private Shortcut() {}

    /// Runs the command, if it is one of them, and returns its exit code.
    static Optional<Integer> run(RootCommand root, String... args) {
        if (args.length == 1 && args[0].equals("--version")) {
            root.terminal().out().line(Version.line());
            return Optional.of(ExitCode.GOOD);
        }
        Optional<PlainCommand> command = args.length < 2 ? Optional.empty() : command(root, args[0]);
        return command.filter(found -> take(found, args)).map(PlainCommand::call);
    }

    private static Optional<PlainCommand> command(RootCommand root, String name) {
        return switch (name) {
            case "inspect" -> Optional.of(new InspectCommand(root));
            case "verify" -> Optional.of(new VerifyCommand(root));
            case "convert" -> Optional.of(new ConvertCommand(root));
            default -> Optional.empty();
        };
    }

    /// Gives the command its options and files; false if picocli had better look at them.
    private static boolean take(PlainCommand command, String... args) {
        List<Path> files = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            if (!(isFile(args[i]) ? takeFile(files, args[i]) : command.takeFlag(args[i]))) {
                return false;
            }
        }
        return command.takeFiles(files);
    }

    /// Nothing that means something to picocli: an option, or the name of a file with more arguments.
    private static boolean isFile(String word) {
        return !word.isEmpty() && word.charAt(0) != '@' && (word.charAt(0) != '-' || word.equals("-"));
    }

    private static boolean takeFile(List<Path> files, String word) {
        try {
            return files.add(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
