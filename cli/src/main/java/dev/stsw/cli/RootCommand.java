package dev.stsw.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `stsw` itself: what all commands share.
@Command(
        name = "stsw",
        header = "Streams, checks and converts .safetensors files in small, constant memory.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = RootCommand.VersionLine.class,
        footer = {
            "",
            "Examples:",
            "  stsw convert pytorch_model.bin model.safetensors --crc32",
            "  stsw inspect model.safetensors",
            "  stsw help cast",
            "",
            "Results go to stdout, progress and diagnostics to stderr.",
            "Exit code 0: good; 1: the file is bad; 2: wrong usage, or it could not be checked."
        })
final class RootCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "List all that is summed up otherwise, and show stack traces.")
    private boolean verbose;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Say nothing but problems: no progress, no report of what was done or is good.")
    private boolean quiet;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    RootCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    Terminal terminal() {
        return terminal;
    }

    boolean verbose() {
        return verbose;
    }

    /// A bar for a long operation, where anybody looks.
    ProgressBar bar(String label) {
        return ProgressBar.on(quiet ? terminal.withoutProgress() : terminal, label);
    }

    boolean quiet() {
        return quiet;
    }

    @Override
    public Integer call() {
        return Parser.noCommand(terminal, spec);
    }

    /// Reports a problem with a file, and returns the exit code that it asks for.
    int report(Problem problem, Throwable fault) {
        terminal.diagnose(problem.message());
        if (verbose) {
            fault.printStackTrace(terminal.err());
        }
        return problem.exitCode();
    }

    /// The same, with a JSON object for it where the command prints such.
    int report(Problem problem, Throwable fault, boolean json) {
        if (json) {
            Json.line(terminal.out(), problem::writeTo);
        }
        return report(problem, fault);
    }

    /// Says what is wrong with the options, and returns the exit code for that.
    int wrongUsage(String command, String problem) {
        terminal.diagnose(problem + " (see stsw " + command + " --help)");
        return ExitCode.UNCHECKED;
    }

    /// For picocli: the line that [Version] makes.
    static final class VersionLine implements IVersionProvider {
        /// For picocli.
        VersionLine() {}

        @Override
        public String[] getVersion() {
            return new String[] {Version.line()};
        }
    }
}
