package dev.stsw.cli;

import java.util.Optional;

/// Where the command line starts: arguments in, exit code out. The work is done by one class for each command.
public final class Main {
    private Main() {}

    /// Runs a command and ends the process with its exit code.
    public static void main(String[] args) {
        warnInOneLine();
        int exitCode = run(Terminal.ofProcess(), Arguments.of(args));
        if (exitCode != ExitCode.GOOD) {
            System.exit(exitCode); // Takes 10 ms longer than returning: it looks for a logger.
        }
    }

    /// The library logs what it warns of. By default that is two lines, the first of them a date in the words of the
    /// locale: in java.logging, and in the logger that is used where a runtime has no such module.
    private static void warnInOneLine() {
        System.setProperty("java.util.logging.SimpleFormatter.format", "stsw: warning: %5$s%n");
        System.setProperty("jdk.system.logger.format", "stsw: warning: %5$s%n");
    }

    /// Runs a command in this process and returns its exit code.
    static int run(Terminal terminal, String... args) {
        return ended(terminal, runOpen(new RootCommand(terminal), args));
    }

    private static int runOpen(RootCommand root, String... args) {
        try {
            Optional<Integer> done = Shortcut.run(root, args);
            return done.isPresent() ? done.get() : Parser.run(root, args);
        } catch (RuntimeException | Error e) {
            // Errors too: the JVM's own exit code for them is 1, which means that a file is bad.
            return failed(root, e);
        }
    }

    /// Writes what waits to be written. If nobody reads it (`stsw inspect big | head`), that is fine; any other reason
    /// is worth a line.
    private static int ended(Terminal terminal, int exitCode) {
        Optional<Output.Closed> fault = terminal.out().finish();
        if (fault.isEmpty()) {
            return exitCode;
        }
        if (fault.get().isBrokenPipe()) {
            return ExitCode.GOOD;
        }
        if (fault.get().getMessage() != null) { // Otherwise Ctrl-C ended it.
            terminal.err().print("stsw: standard output: " + fault.get().getMessage() + "\n");
        }
        return ExitCode.UNCHECKED;
    }

    /// What no command expects: a mistake of ours.
    static int failed(RootCommand root, Throwable fault) {
        if (fault instanceof Output.Closed) {
            return ExitCode.UNCHECKED; // told at the end
        }
        if (CleanEnd.isUnderWay()) {
            return ExitCode.UNCHECKED; // Ctrl-C: what does not work then is no news.
        }
        return root.report(Problem.internal(fault), fault);
    }
}
