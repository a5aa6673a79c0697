package dev.stsw.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Scripts for shells, made from the definitions that the command line itself uses.
final class Completions {
    private static final String NO_COMMAND = "__fish_use_subcommand";

    private Completions() {}

    static String bash(CommandLine root) {
        return AutoComplete.bash("stsw", root) + "\n";
    }

    /// zsh runs bash's completions. The script works as a file of the function path, and when it is sourced.
    static String zsh(CommandLine root) {
        return "#compdef stsw\nautoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"
                + bash(root);
    }

    static String fish(CommandLine root) {
        StringBuilder script = new StringBuilder();
        options(script, root.getCommandSpec(), NO_COMMAND);
        commands(script, root, NO_COMMAND);
        for (CommandLine command : root.getSubcommands().values()) {
            String seen = "__fish_seen_subcommand_from " + command.getCommandName();
            options(script, command.getCommandSpec(), seen);
            commands(script, command, seen);
            for (CommandLine member : command.getSubcommands().values()) {
                options(
                        script,
                        member.getCommandSpec(),
                        seen + "; and __fish_seen_subcommand_from " + member.getCommandName());
            }
        }
        return script.toString();
    }

    private static void commands(StringBuilder script, CommandLine group, String condition) {
        for (CommandLine command : group.getSubcommands().values()) {
            script.append("complete -c stsw -n ").append(quoted(condition)).append(" -f -a ");
            script.append(command.getCommandName()).append(" -d ");
            script.append(quoted(summary(command.getCommandSpec()))).append('\n');
        }
    }

    private static void options(StringBuilder script, CommandSpec spec, String condition) {
        for (OptionSpec option : spec.options()) {
            if (option.hidden()) {
                continue;
            }
            script.append("complete -c stsw -n ").append(quoted(condition));
            for (String name : option.names()) {
                script.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            script.append(option.arity().max() == 0 ? "" : " -r");
            script.append(" -d ").append(quoted(first(option.description()))).append('\n');
        }
    }

    /// What a command does, in a line without a full stop.
    static String summary(CommandSpec spec) {
        String[] header = spec.usageMessage().header();
        String line = first(header.length > 0 ? header : spec.usageMessage().description());
        String text = line.isEmpty() ? spec.name() : line;
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    private static String first(String... lines) {
        return lines.length == 0 ? "" : plain(lines[0]);
    }

    /// Without picocli's markup.
    static String plain(String text) {
        return Ansi.OFF.string(text.replace("%%", "%").replace("%n", " "));
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
