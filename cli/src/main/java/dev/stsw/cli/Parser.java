package dev.stsw.cli;

import dev.stsw.model.DiskFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// All of the command line's grammar, by picocli.
final class Parser {
    private Parser() {}

    /// Runs a command and returns its exit code.
    static int run(RootCommand root, String... args) {
        // Held back, because picocli takes a closed pipe for an accident and prints a stack trace.
        StringWriter help = new StringWriter();
        int exitCode = commandLine(root)
                .setOut(new PrintWriter(help))
                .setErr(new PrintWriter(help))
                .execute(args);
        String text = help.toString().replace(System.lineSeparator(), "\n");
        root.terminal().out().append(text).append(text.isEmpty() || text.endsWith("\n") ? "" : "\n");
        return exitCode;
    }

    static CommandLine commandLine(RootCommand root) {
        Terminal terminal = root.terminal();
        CommandLine line = new CommandLine(root);
        Commands commands = new Commands();
        commands.names().forEach(name -> line.addSubcommand(command(commands.make(name, root))));
        line.addSubcommand(new CommandLine.HelpCommand());
        return line.registerConverter(Path.class, Parser::path)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(Help.defaultColorScheme(terminal.outColor() ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler((e, args) -> wrongUsage(terminal, e))
                .setExecutionExceptionHandler((e, command, parsed) -> failed(root, command, e));
    }

    private static CommandLine command(Callable<Integer> command) {
        CommandLine line = new CommandLine(command);
        if (command instanceof CommandGroup group) {
            group.commands().forEach(line::addSubcommand);
        }
        return line;
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + name + "' " + DiskFolder.NO_PATH);
        }
    }

    /// Here and not in [RootCommand], whose classes every command has to load.
    static int noCommand(Terminal terminal, CommandSpec spec) {
        return wrongUsage(
                terminal,
                new ParameterException(
                        spec.commandLine(), "which command? One of: " + String.join(", ", new Commands().names())));
    }

    /// What a command threw: options that contradict each other, or what no command expects.
    private static int failed(RootCommand root, CommandLine command, Exception fault) {
        return fault instanceof WrongUsage
                ? wrongUsage(root.terminal(), new ParameterException(command, String.valueOf(fault.getMessage())))
                : Main.failed(root, fault);
    }

    private static int wrongUsage(Terminal terminal, ParameterException fault) {
        String command = fault.getCommandLine().getCommandSpec().qualifiedName();
        String problem = fault instanceof UnmatchedArgumentException unmatched
                ? Mistyped.describe(unmatched)
                : String.valueOf(fault.getMessage());
        terminal.diagnose(problem + " (see " + command + " --help)");
        return ExitCode.UNCHECKED;
    }
}
