package dev.stsw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// Writes man pages and completions for bash, zsh and fish from the definitions that the command line itself uses.
final class Manuals {
    private Manuals() {}

    /// @param args the folder to write into: `man/man1`, `bash-completion/completions` and so on
    public static void main(String[] args) throws IOException {
        Path share = Path.of(args[0]);
        CommandLine root = Parser.commandLine(new RootCommand(Terminal.ofProcess()));
        Path pages = Files.createDirectories(share.resolve("man/man1"));
        write(pages.resolve("stsw.1"), page(root.getCommandSpec()));
        for (CommandLine command : root.getSubcommands().values()) {
            write(pages.resolve("stsw-" + command.getCommandName() + ".1"), page(command.getCommandSpec()));
        }
        String bash = AutoComplete.bash("stsw", root);
        write(share.resolve("bash-completion/completions/stsw"), bash);
        write(share.resolve("zsh/site-functions/_stsw"), zsh(bash));
        write(share.resolve("fish/vendor_completions.d/stsw.fish"), fish(root));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String page(CommandSpec spec) {
        String name = spec.qualifiedName("-");
        StringBuilder page = new StringBuilder();
        page.append(".TH ").append(name.toUpperCase(java.util.Locale.ROOT)).append(" 1 \"\" \"");
        page.append(escaped("stsw " + Version.current().number())).append("\"\n");
        page.append(".SH NAME\n").append(escaped(name)).append(" \\- ").append(escaped(summary(spec))).append('\n');
        page.append(".SH SYNOPSIS\n.nf\n").append(escaped(plain(spec.commandLine().getHelp().synopsis(0)))).append(".fi\n");
        page.append(".SH DESCRIPTION\n").append(paragraphs(spec.usageMessage().description()));
        if (!spec.positionalParameters().isEmpty()) {
            page.append(".SH ARGUMENTS\n");
            for (PositionalParamSpec parameter : spec.positionalParameters()) {
                entry(page, parameter.paramLabel(), parameter.description());
            }
        }
        page.append(".SH OPTIONS\n");
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
                entry(page, String.join(", ", option.names()) + label, option.description());
            }
        }
        if (!spec.subcommands().isEmpty()) {
            page.append(".SH COMMANDS\n");
            for (CommandLine command : spec.subcommands().values()) {
                entry(page, "stsw-" + command.getCommandName() + "(1)", summary(command.getCommandSpec()));
            }
        }
        page.append(".SH EXIT STATUS\n");
        entry(page, "0", "good");
        entry(page, "1", "the file is bad");
        entry(page, "2", "wrong usage, or it could not be checked");
        page.append(".SH ENVIRONMENT\n");
        entry(page, "STSW_JAVA", "the Java to use: its folder, or its java command");
        entry(page, "STSW_OPTS", "more options for Java, for example -Xmx4g");
        entry(page, "STSW_CLASSPATH", "more jars, for example an integration and its framework, for selftest to try");
        entry(page, "NO_COLOR", "no colours, whatever the terminal can show");
        return page.toString();
    }

    private static String summary(CommandSpec spec) {
        String[] header = spec.usageMessage().header();
        String[] lines = header.length > 0 ? header : spec.usageMessage().description();
        String line = lines.length > 0 ? plain(lines[0]) : spec.name();
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    private static String paragraphs(String... lines) {
        return Arrays.stream(lines).map(line -> escaped(plain(line)) + "\n").collect(Collectors.joining(".PP\n"));
    }

    private static void entry(StringBuilder page, String term, String... description) {
        page.append(".TP\n.B ").append(escaped(term)).append('\n');
        page.append(escaped(plain(String.join(" ", description)))).append('\n');
    }

    private static String plain(String text) {
        return Ansi.OFF.string(text.replace("%%", "%").replace("%n", " "));
    }

    private static String escaped(String text) {
        return text.lines()
                .map(line -> line.replace("\\", "\\e").replace("-", "\\-"))
                .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
                .collect(Collectors.joining("\n", "", text.endsWith("\n") ? "\n" : ""));
    }

    /// zsh runs bash's completions.
    private static String zsh(String bash) {
        return "#compdef stsw\nautoload -U +X bashcompinit && bashcompinit\n" + bash;
    }

    private static String fish(CommandLine root) {
        StringBuilder script = new StringBuilder("complete -c stsw -n __fish_use_subcommand -f\n");
        options(script, root.getCommandSpec(), "__fish_use_subcommand");
        for (CommandLine command : root.getSubcommands().values()) {
            script.append("complete -c stsw -n __fish_use_subcommand -f -a ").append(command.getCommandName());
            script.append(" -d ").append(quoted(summary(command.getCommandSpec()))).append('\n');
            options(script, command.getCommandSpec(), "__fish_seen_subcommand_from " + command.getCommandName());
        }
        return script.toString();
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
            script.append(" -d ").append(quoted(plain(first(option.description())))).append('\n');
        }
    }

    private static String first(String... lines) {
        return List.of(lines).isEmpty() ? "" : lines[0];
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
