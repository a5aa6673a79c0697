package dev.stsw.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The plain forms of the commands ([PlainForm]), and `--version`, read without picocli, which would take longer to
/// load than most of them take to run. Everything else is picocli's: help, mistakes, abbreviations, `@` files, all
/// other options.
final class Shortcut {
    private Shortcut() {}

    /// Runs the command, if it is one of them, and returns its exit code.
    static Optional<Integer> run(RootCommand root, String... args) {
        if (args.length == 1 && args[0].equals("--version")) {
            root.terminal().out().line(Version.line());
            return Optional.of(ExitCode.GOOD);
        }
        for (PlainForm form : PlainForm.ALL) {
            if (args.length > 1 && args[0].equals(form.command())) {
                PlainCommand command = command(root, form.command());
                return take(command, form, args) ? Optional.of(command.call()) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static PlainCommand command(RootCommand root, String name) {
        return switch (name) {
            case "inspect" -> new InspectCommand(root);
            case "verify" -> new VerifyCommand(root);
            case "convert" -> new ConvertCommand(root);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// Gives the command its options and files; false if picocli had better look at them.
    private static boolean take(PlainCommand command, PlainForm form, String... args) {
        List<Path> files = new ArrayList<>();
        List<String> flags = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            String word = args[i];
            if (isFile(word)) {
                if (!takeFile(files, word)) {
                    return false;
                }
            } else if (form.flags().contains(word) && !flags.contains(word)) {
                flags.add(word);
            } else {
                return false;
            }
        }
        if (files.size() < form.fewest() || files.size() > form.most()) {
            return false;
        }
        for (String flag : flags) {
            command.setFlag(flag);
        }
        command.setFiles(files);
        return true;
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
