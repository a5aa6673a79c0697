package dev.stsw.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/// Where the command line starts: arguments in, exit code out. The work is done by one class for each command.
public final class Main {
    private Main() {}

    /// Runs a command and ends the process with its exit code.
    public static void main(String[] args) {
        System.exit(run(Terminal.ofProcess(), args));
    }

    /// Runs a command in this process and returns its exit code.
    static int run(Terminal terminal, String... args) {
        // Held back, because picocli takes a closed pipe for an accident and prints a stack trace.
        StringWriter help = new StringWriter();
        int exitCode = commandLine(terminal)
                .setOut(new PrintWriter(help))
                .setErr(new PrintWriter(help))
                .execute(args);
        return terminal.out()
                .finish(help.toString())
                .map(fault -> closed(terminal, fault))
                .orElse(exitCode);
    }

    /// Nobody reads the rest (`stsw inspect big | head`), which is fine; any other reason is worth a line.
    private static int closed(Terminal terminal, Output.Closed fault) {
        if (fault.isBrokenPipe()) {
            return ExitCode.GOOD;
        }
        terminal.err().println("stsw: standard output: " + fault.getMessage());
        return ExitCode.UNCHECKED;
    }

    private static CommandLine commandLine(Terminal terminal) {
        RootCommand root = new RootCommand(terminal);
        return new CommandLine(root)
                .addSubcommand(new InspectCommand(root))
                .addSubcommand(new VerifyCommand(root))
                .addSubcommand(new ConvertCommand(root))
                .addSubcommand(new SelftestCommand(root))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(Help.defaultColorScheme(terminal.outColor() ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler((e, args) -> wrongUsage(terminal, e))
                .setExecutionExceptionHandler((e, command, parsed) -> failed(root, e));
    }

    private static int wrongUsage(Terminal terminal, ParameterException fault) {
        String command = fault.getCommandLine().getCommandSpec().qualifiedName();
        terminal.diagnose(fault.getMessage() + " (see " + command + " --help)");
        return ExitCode.UNCHECKED;
    }

    /// What no command expects: a mistake of ours.
    private static int failed(RootCommand root, Exception fault) {
        if (fault instanceof Output.Closed) {
            return ExitCode.UNCHECKED; // told by run
        }
        return root.report(Problem.internal(fault), fault);
    }
}
