package dev.stsw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine;
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
        writePages(pages, root);
        write(share.resolve("bash-completion/completions/stsw"), Completions.bash(root));
        write(share.resolve("zsh/site-functions/_stsw"), Completions.zsh(root));
        write(share.resolve("fish/vendor_completions.d/stsw.fish"), Completions.fish(root));
    }

    private static void writePages(Path pages, CommandLine group) throws IOException {
        for (CommandLine command : group.getSubcommands().values()) {
            write(pages.resolve(command.getCommandSpec().qualifiedName("-") + ".1"), page(command.getCommandSpec()));
            writePages(pages, command);
        }
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
        page.append(".SH NAME\n").append(escaped(name)).append(" \\- ").append(escaped(Completions.summary(spec))).append('\n');
        page.append(".SH SYNOPSIS\n.nf\n").append(escaped(Completions.plain(spec.commandLine().getHelp().synopsis(0)))).append(".fi\n");
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
                entry(page, command.getCommandSpec().qualifiedName("-") + "(1)", Completions.summary(command.getCommandSpec()));
            }
        }
        String[] footer = spec.usageMessage().footer();
        if (footer.length > 2 && footer[1].equals("Examples:")) {
            page.append(".SH EXAMPLES\n.nf\n");
            Arrays.stream(footer).skip(2).takeWhile(line -> !line.isEmpty()).forEach(line ->
                    page.append(escaped(Completions.plain(line).strip())).append('\n'));
            page.append(".fi\n");
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

    private static String paragraphs(String... lines) {
        return Arrays.stream(lines).map(line -> escaped(Completions.plain(line)) + "\n").collect(Collectors.joining(".PP\n"));
    }

    private static void entry(StringBuilder page, String term, String... description) {
        page.append(".TP\n.B ").append(escaped(term)).append('\n');
        page.append(escaped(Completions.plain(String.join(" ", description)))).append('\n');
    }

    private static String escaped(String text) {
        return text.lines()
                .map(line -> line.replace("\\", "\\e").replace("-", "\\-"))
                .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
                .collect(Collectors.joining("\n", "", text.endsWith("\n") ? "\n" : ""));
    }
}
